// SPDX-License-Identifier: Apache-2.0
/**
 * Every diagnostic code of the toolchain with its explanation, for diagnostics, `coh-rtc explain` and docs/errors.md.
 */
import { RUNNER_CODES } from '../../../qemu/src/codes.ts';
import { buildCodes } from '../build/codes.ts';
import type { CodeTable } from './codes.ts';
import { inputCodes } from './codes.ts';
import { layoutCodes } from '../layout/codes.ts';
import { ruleCodes } from './rules/index.ts';

const runnerCodes: CodeTable = Object.fromEntries(
  Object.values(RUNNER_CODES).map(({ code, cause, fix }) => [code, { cause, fix }]),
);

export const catalogue: ReadonlyMap<string, CodeTable[string]> = new Map(
  Object.entries({ ...inputCodes, ...buildCodes, ...runnerCodes, ...ruleCodes, ...layoutCodes }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  ),
);
