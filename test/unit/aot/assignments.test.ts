// SPDX-License-Identifier: Apache-2.0
// A compound assignment whose target has an effect is refused: asc would evaluate it twice.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask } from '../../../compiler/src/aot/worker-host.ts';
import { refusal, ROOT } from './harness.ts';

test('compound assignments that would have an effect twice', async () => {
  const directory = 'test/unit/aot/assembly/twice';
  const lines = readFileSync(join(ROOT, directory, 'main.ts'), 'utf8').split('\n');
  const numbered = lines.flatMap((line, n) => (/; \/\/ \d$/.test(line) ? [n + 1] : []));
  const found = await refusal(ask('compile', { root: ROOT, directory, generatedDir: ROOT, pages: 1 }));
  expect(numbered).toHaveLength(8);
  expect(found.map(({ position }) => position?.line)).toEqual(numbered);
  expect(found[0]).toMatchObject({
    code: 'COH0732',
    severity: 'error',
    message: 'v++ in the target of an assignment would be evaluated twice',
    position: { file: `${directory}/main.ts`, line: numbered[0], column: 3 },
    fix: 'put what has the effect into a variable first, and assign to that',
  });
});
