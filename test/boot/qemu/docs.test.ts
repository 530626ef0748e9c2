// SPDX-License-Identifier: Apache-2.0
// docs/qemu.md: its boot test runs as it stands on the real image, and the commands that it prints are those of the image.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import * as runner from 'qemu-wasm-runner';
import { beforeAll, expect, it } from 'vitest';
import { ROOT, testImage } from '../../support/build.ts';

const PAGE = readFileSync(join(ROOT, 'docs/qemu.md'), 'utf8');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
let image: string;
beforeAll(async () => {
  image = (await testImage('system/devkernel')).output;
}, 600_000);

it('has a boot test that passes', async () => {
  const [, imported = '', body = ''] =
    /```ts\nimport \{ (\w+) \} from 'qemu-wasm-runner';\n([^]*?)```/.exec(PAGE) ?? [];
  expect(body).toContain('out/qemu-virt/image.elf');
  const cases: (() => Promise<void>)[] = [];
  const collect = (_name: string, run: () => Promise<void>): void => void cases.push(run);
  const source = body.replace('out/qemu-virt/image.elf', image);
  const load = compileFunction(source, [imported, 'it']) as (...values: unknown[]) => void;
  load(runner[imported as 'withMachine'], collect);
  expect(cases).toHaveLength(1);
  for (const run of cases) await run();
}, 60_000);

it('shows the commands that the image comes with, as the README does', () => {
  const { clients = [] } = runner.machineFile(image) ?? {};
  expect(clients).toHaveLength(2);
  for (const client of clients) {
    const command = client.replaceAll('{console_port}', '31337').replaceAll('{secure9p_port}', '10564');
    expect(PAGE).toContain(`      ${command}\n`);
    expect(README).toContain(`\n${command}\n`);
  }
});
