// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the import whitelist: a component's only doors to the machine are its wasm imports, so what the module imports
 * is checked before anything is built from it.
 */
import { Failure, type Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { readImports, type WasmImport } from './wasm.ts';

/** `module.function`, or `module.*` for every function of a module. */
export function isAllowed(allowed: readonly string[], item: WasmImport): boolean {
  return (
    item.kind === 'function' &&
    (allowed.includes(`${item.module}.*`) || allowed.includes(`${item.module}.${item.name}`))
  );
}

export type CallSite = { file: string; line: number; column: number };

/** Refuses a module that imports more than `allowed`; `firstCall` finds where the source uses an import. */
export function checkImports(
  component: string,
  wasm: Uint8Array,
  allowed: readonly string[],
  firstCall: (item: WasmImport) => CallSite | undefined,
): void {
  const violations = readImports(wasm).filter((item) => !isAllowed(allowed, item));
  if (violations.length === 0) return;
  const list = allowed.length === 0 ? 'no imports' : allowed.join(', ');
  throw new Failure(
    violations.map((item): Diagnostic => {
      const what = item.kind === 'function' ? '' : `${item.kind} `;
      const position = item.kind === 'function' ? firstCall(item) : undefined;
      return {
        code: 'COH0740',
        severity: 'error',
        message: `component ${component} may not import ${what}${item.module}.${item.name}`,
        ...(position === undefined ? {} : { position }),
        fix: `allowed are ${list}: use one of these, or extend the list`,
      };
    }),
  );
}
