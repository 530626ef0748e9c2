/** All artifacts of a compiled manifest, and where they go below the output directory. */
import type { CompiledManifest } from '../compile.ts';
import { assemblyScriptModule } from './module.ts';
import { sideFile } from './side-file.ts';
import { type Artifact, writeFiles } from './write.ts';

export function artifactsOf(compiled: CompiledManifest): Artifact[] {
  return [
    { path: 'manifest.json', content: compiled.resolvedJson },
    { path: 'manifest.json.sha256', content: sideFile('manifest.json', compiled.hashes.manifest) },
    { path: 'generated/manifest.ts', content: assemblyScriptModule(compiled) },
  ];
}

/** Writes every artifact below `outDir`; returns the paths of those that changed. */
export async function writeArtifacts(compiled: CompiledManifest, outDir: string): Promise<string[]> {
  return writeFiles(outDir, artifactsOf(compiled));
}
