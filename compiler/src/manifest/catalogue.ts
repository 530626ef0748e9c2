// SPDX-License-Identifier: Apache-2.0
/** Every diagnostic code of the manifest compiler with its explanation, for diagnostics and `coh-rtc explain`. */
import type { CodeTable } from './codes.ts';
import { inputCodes } from './codes.ts';
import { layoutCodes } from '../layout/codes.ts';
import { ruleCodes } from './rules/index.ts';

export const catalogue: ReadonlyMap<string, CodeTable[string]> = new Map(
  Object.entries({ ...inputCodes, ...ruleCodes, ...layoutCodes }).sort(([a], [b]) => (a < b ? -1 : 1)),
);
