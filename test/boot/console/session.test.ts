// SPDX-License-Identifier: Apache-2.0
/** The console verbs on the running system, by the script beside this file. With `SEL4_PREFIX` set, on a genuine kernel too. */
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { runScriptFile, withMachine } from 'qemu-wasm-runner';
import { testImage } from '../../support/build.ts';
import { BUILD_TIMEOUT_MS, kernels } from '../domains/image.ts';

const SCRIPT = join(import.meta.dirname, 'session.expect');
const RUN_TIMEOUT_MS = 90_000;

describe.each(kernels())('the serial console on $name', ({ name, prefix }) => {
  it(
    'serves a session',
    async () => {
      const { output } = await testImage(`system/${name}`, prefix === undefined ? {} : { prefix });
      const gic = prefix?.gicVersion === undefined ? {} : { gic: prefix.gicVersion };
      const options = { name: `console/${name}/session`, image: output, timeout_ms: RUN_TIMEOUT_MS, ...gic };
      await withMachine(options, ({ machine }) => runScriptFile(machine, SCRIPT, () => undefined));
    },
    BUILD_TIMEOUT_MS + RUN_TIMEOUT_MS,
  );
});
