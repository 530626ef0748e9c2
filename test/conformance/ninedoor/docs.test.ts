// SPDX-License-Identifier: Apache-2.0
/** The generated parts of the documentation are what the component says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../unit/ninedoor/build.ts';
import { between, errorTable, namespaceRows, namespaceTable, squeeze } from './namespace-table.ts';

const REFRESH = 'node --import tsx test/conformance/ninedoor/namespace-table.ts --write';

describe(`documentation (refresh: ${REFRESH})`, () => {
  it('lists the namespace', async () => {
    const text = readFileSync(join(ROOT, 'docs/namespace.md'), 'utf8');
    expect(squeeze(between(text, 'namespace'))).toBe(squeeze(namespaceTable(await namespaceRows())));
  });

  it('lists the errors', () => {
    const text = readFileSync(join(ROOT, 'docs/secure9p.md'), 'utf8');
    expect(squeeze(between(text, 'errors'))).toBe(squeeze(errorTable()));
  });
});
