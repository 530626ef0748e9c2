// SPDX-License-Identifier: Apache-2.0
/** The `.sha256` file beside an artifact: two comment lines, then what `sha256sum --check` reads. */
export function sideFile(file: string, sha256: string): string {
  return `# Author: Cohesix\n# Purpose: SHA-256 fingerprint for ${file}.\n${sha256}  ${file}\n`;
}
