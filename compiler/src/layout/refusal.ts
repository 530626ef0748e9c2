// SPDX-License-Identifier: Apache-2.0
/** Diagnostics of the layout: a code of codes.ts, and the place in the manifest, if the manifest spells it out. */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { CompiledManifest } from '../manifest/compile.ts';
import { type LayoutCode, layoutCodes } from './codes.ts';

/** A refusal that points at the value of a key path. */
export function refusal(manifest: CompiledManifest, code: LayoutCode, path: string, message: string): Diagnostic {
  return { code, severity: 'error', message, ...manifest.locate(path), ...layoutCodes[code] };
}
