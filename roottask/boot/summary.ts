// SPDX-License-Identifier: Apache-2.0
// The part of the boot log that says what was built: the compiler's list of facts from the resolved manifest.
import * as manifest from '../../generated/manifest';
import * as out from '../log/output';

function mounts(): void {
  out.text('[manifest] namespaces=');
  out.dec(manifest.NAMESPACE_MOUNTS_COUNT);
  out.text(' hash=');
  out.line(manifest.NAMESPACE_TABLE_SHA256);
  for (let i: i32 = 0; i < manifest.NAMESPACE_MOUNTS_SERVICE.length; i++) {
    out.text('[manifest] mount service=');
    out.text(manifest.NAMESPACE_MOUNTS_SERVICE[i]);
    out.text(' target=');
    out.line(manifest.NAMESPACE_MOUNTS_TARGET[i]);
  }
}

/** Writes the manifest block. */
export function write(): void {
  for (let i: i32 = 0; i < manifest.AUDIT_LINES.length; i++) {
    out.text('[cohesix:root-task] ');
    out.line(manifest.AUDIT_LINES[i]);
  }
  mounts();
}
