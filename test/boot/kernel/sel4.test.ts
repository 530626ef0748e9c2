// SPDX-License-Identifier: Apache-2.0
/**
 * A genuine seL4 kernel gives the same results as the devkernel: the very program that the devkernel runs passes on it,
 * and so does one compiled against its own libsel4. Needs `SEL4_PREFIX`, an installed seL4 tree for QEMU's virt board;
 * skipped without.
 */
import { describe, it } from 'vitest';
import { readPrefix } from '../../../compiler/src/image/prefix.ts';
import { BOARD, buildProgram, buildProgramImage } from './program.ts';
import { runCases, TEST_TIMEOUT_MS } from './run.ts';

const PREFIX = process.env['SEL4_PREFIX'];

describe.skipIf(PREFIX === undefined)('genuine seL4 (set SEL4_PREFIX to run)', () => {
  it.each([
    { headers: 'ours', name: 'sel4-our-headers' },
    { headers: 'its own', name: 'sel4-own-headers' },
  ])(
    'passes the kernel tests, compiled with libsel4 headers: $headers',
    async ({ headers, name }) => {
      const prefix = readPrefix(PREFIX!, BOARD);
      const program = await buildProgram(headers === 'ours' ? {} : { headers: prefix });
      const image = await buildProgramImage(name, program, prefix);
      await runCases(name, { image, gic: prefix.gicVersion });
    },
    TEST_TIMEOUT_MS,
  );
});
