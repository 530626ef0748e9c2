// SPDX-License-Identifier: Apache-2.0
/** Set-up of every test file: FAST_CHECK_SEED repeats what a failed property printed as its seed. */
const seed = process.env['FAST_CHECK_SEED'];
if (seed !== undefined) {
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ seed: Number(seed) });
}
