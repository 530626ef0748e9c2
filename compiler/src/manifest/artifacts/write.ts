// SPDX-License-Identifier: Apache-2.0
/** Puts artifacts below an output directory: each file whole or not at all, unchanged ones untouched. */
import { join } from 'node:path';
import { failure } from '../../../../diagnostics/diagnostic.ts';
import { writeIfChanged } from '../../toolchain/files.ts';

export interface Artifact {
  /** Relative to the output directory. */
  path: string;
  content: string;
}

/** Returns the paths of the files that changed. */
export function writeFiles(outDir: string, artifacts: readonly Artifact[]): string[] {
  return artifacts
    .map((artifact) => ({ ...artifact, path: join(outDir, artifact.path) }))
    .filter(({ path, content }) => {
      try {
        return writeIfChanged(path, content);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw failure('COH0004', `failed to write ${path}: ${reason}`, 'check the output directory and the space left');
      }
    })
    .map(({ path }) => path);
}
