// SPDX-License-Identifier: Apache-2.0
// The order of the boot. Each phase prints its name when it begins; one out of order, or one that fails, stops the boot.
import { halt } from './startup';
import * as out from '../log/output';

export const CSPACE_CANONICALISE: u32 = 0;
export const BOOTINFO_VALIDATE: u32 = 1;
export const MEMORY_LAYOUT_BUILD: u32 = 2;
export const CSPACE_RECORD: u32 = 3;
export const IPC_INSTALL: u32 = 4;
export const UNTYPED_PLAN: u32 = 5;
export const RETYPE_COMMIT: u32 = 6;
export const USERLAND_HANDOFF: u32 = 7;

let current: u32 = 0;
let begun: bool = false;

function name(phase: u32): string {
  switch (phase) {
    case CSPACE_CANONICALISE:
      return 'CSpaceCanonicalise';
    case BOOTINFO_VALIDATE:
      return 'BootInfoValidate';
    case MEMORY_LAYOUT_BUILD:
      return 'MemoryLayoutBuild';
    case CSPACE_RECORD:
      return 'CSpaceRecord';
    case IPC_INSTALL:
      return 'IPCInstall';
    case UNTYPED_PLAN:
      return 'UntypedPlan';
    case RETYPE_COMMIT:
      return 'RetypeCommit';
    case USERLAND_HANDOFF:
      return 'UserlandHandoff';
    default:
      return 'unknown';
  }
}

export function begin(phase: u32): void {
  const expected = begun ? current + 1 : CSPACE_CANONICALISE;
  if (phase !== expected) {
    out.text('bootstrap phase order violation: expected ');
    out.text(name(expected));
    out.text(', saw ');
    out.line(name(phase));
    abort('order', 'phase order violation');
  }
  begun = true;
  current = phase;
  out.line(name(phase));
}

/** Stops the boot: `[boot:abort] phase=… sub=… reason=…`. Does not return. */
export function abort(sub: string, reason: string): void {
  out.text('[boot:abort] phase=');
  out.text(name(current));
  out.text(' sub=');
  out.text(sub);
  out.text(' reason=');
  out.line(reason);
  halt();
}
