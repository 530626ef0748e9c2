// SPDX-License-Identifier: Apache-2.0
/** The profile from which the generated parts of the documentation are made. */
import { readFileSync } from 'node:fs';
import { type CompiledManifest, compileBytes } from '../compile.ts';

/** Relative to the top of a checkout, where `make` and the tests run. */
export const DEFAULT_PROFILE = 'configs/root_task.toml';

let compiled: CompiledManifest | undefined;

export function defaultProfile(): CompiledManifest {
  compiled ??= compileBytes(readFileSync(DEFAULT_PROFILE), DEFAULT_PROFILE);
  return compiled;
}
