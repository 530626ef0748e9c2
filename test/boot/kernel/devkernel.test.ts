// SPDX-License-Identifier: Apache-2.0
/**
 * The devkernel behaves as seL4 does: the kernel test program passes on it, on every machine that it boots on.
 */
import { beforeAll, describe, it } from 'vitest';
import { buildProgram, buildProgramImage } from './program.ts';
import { runCases, TEST_TIMEOUT_MS } from './run.ts';

describe('devkernel', () => {
  let image: string;
  beforeAll(async () => {
    image = await buildProgramImage('devkernel-cases', await buildProgram());
  });

  const machines = ([2, 3] as const).flatMap((gic) => [false, true].map((virtualization) => ({ gic, virtualization })));
  it.each(machines)(
    'passes the kernel tests on GICv$gic, EL2: $virtualization',
    async ({ gic, virtualization }) => {
      await runCases(`devkernel-gic${gic}-el${virtualization ? 2 : 1}`, { image, gic, virtualization });
    },
    TEST_TIMEOUT_MS,
  );
});
