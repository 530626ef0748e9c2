// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vitest/config';

// Unit tests run two files at a time: they share compiled modules, which are written in one step. What boots machines
// comes after them, file by file: QEMU has the two cores to itself, so that a time-out means what it says.
const BOOT = ['test/boot/**/*.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './test/support/slowest.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: BOOT,
          setupFiles: ['test/support/seed.ts', 'test/support/usage.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'boot',
          include: BOOT,
          setupFiles: ['test/support/seed.ts', 'test/support/usage.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
