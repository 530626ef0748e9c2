// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vitest/config';

// Boot tests share two cores with QEMU: files run one after the other, so that a hard time-out means what it says.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    reporters: ['default'],
  },
});
