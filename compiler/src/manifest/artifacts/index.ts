// SPDX-License-Identifier: Apache-2.0
/** All artifacts of a compiled manifest. What each is made of stands in the file of its name; this is the list. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { CompiledManifest } from '../compile.ts';
import { bootScript } from './boot-script.ts';
import { casTemplate } from './cas-template.ts';
import { assemblyScriptModule } from './module.ts';
import { cohPolicy, cohshPolicy, swarmuiDefaults } from './policies.ts';
import { clientDefaults, pythonDefaults } from './client-defaults.ts';
import { schemaText } from '../generated.ts';
import { secretsModule } from './secrets.ts';
import { sideFile } from './side-file.ts';
import { type Artifact, writeFiles } from './write.ts';

export interface ArtifactKind {
  /** Option of the older command form that names the file. */
  flag: string;
  /** File below the output directory of `build`. */
  path: string;
  /** File in the older command form, where the option is not given. */
  flagDefault: string | undefined;
  hasSideFile: boolean;
  make(compiled: CompiledManifest): string;
}

export const ARTIFACTS: readonly ArtifactKind[] = [
  {
    flag: 'manifest',
    path: 'manifest.json',
    flagDefault: undefined,
    hasSideFile: true,
    make: (compiled) => compiled.resolvedJson,
  },
  {
    flag: 'cas-manifest-template',
    path: 'cas_manifest_template.json',
    flagDefault: 'out/cas_manifest_template.json',
    hasSideFile: true,
    make: (compiled) => casTemplate(compiled.manifest),
  },
  {
    flag: 'cli-script',
    path: 'boot_v0.coh',
    flagDefault: 'scripts/cohsh/boot_v0.coh',
    hasSideFile: false,
    make: (compiled) => bootScript(compiled.manifest),
  },
  {
    flag: 'coh-policy',
    path: 'coh_policy.toml',
    flagDefault: 'out/coh_policy.toml',
    hasSideFile: true,
    make: cohPolicy,
  },
  {
    flag: 'cohsh-policy',
    path: 'cohsh_policy.toml',
    flagDefault: 'out/cohsh_policy.toml',
    hasSideFile: true,
    make: cohshPolicy,
  },
  {
    flag: 'swarmui-defaults',
    path: 'swarmui_defaults.toml',
    flagDefault: 'out/swarmui_defaults.toml',
    hasSideFile: true,
    make: swarmuiDefaults,
  },
  {
    flag: 'cohesix-py-defaults',
    path: 'cohesix_defaults.py',
    flagDefault: 'tools/cohesix-py/cohesix/generated.py',
    hasSideFile: true,
    make: pythonDefaults,
  },
  {
    flag: 'client-defaults',
    path: 'client_defaults.ts',
    flagDefault: 'out/client_defaults.ts',
    hasSideFile: true,
    make: clientDefaults,
  },
  {
    flag: 'json-schema',
    path: 'root_task.schema.json',
    flagDefault: 'out/root_task.schema.json',
    hasSideFile: false,
    make: schemaText,
  },
];

export function moduleArtifact(compiled: CompiledManifest, path: string): Artifact {
  return { path, content: assemblyScriptModule(compiled) };
}

/** An artifact at `path`, with its side file if it has one. */
export function artifactFiles(kind: ArtifactKind, compiled: CompiledManifest, path: string): Artifact[] {
  const content = kind.make(compiled);
  if (!kind.hasSideFile) return [{ path, content }];
  const sha256 = createHash('sha256').update(content).digest('hex');
  return [
    { path, content },
    { path: `${path}.sha256`, content: sideFile(basename(path), sha256) },
  ];
}

/** Every artifact of `build`, with paths below its output directory. */
export function artifactsOf(compiled: CompiledManifest): Artifact[] {
  return [
    ...ARTIFACTS.flatMap((kind) => artifactFiles(kind, compiled, kind.path)),
    moduleArtifact(compiled, 'generated/manifest.ts'),
    { path: 'generated/secrets.ts', content: secretsModule(compiled) },
  ];
}

/** Writes every artifact below `outDir`; resolves to the paths of those that changed. */
export function writeArtifacts(compiled: CompiledManifest, outDir: string): Promise<string[]> {
  return Promise.resolve().then(() => writeFiles(outDir, artifactsOf(compiled)));
}
