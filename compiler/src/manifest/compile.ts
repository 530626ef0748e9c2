// SPDX-License-Identifier: Apache-2.0
/**
 * The manifest compiler as a library: `compileManifest` turns a file into a checked manifest with its hashes, or throws
 * a `Failure` with every diagnostic; `writeArtifacts` (artifacts/) puts the results on disk.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type Diagnostic, Failure } from '../../../diagnostics/diagnostic.ts';
import { auditLines } from './audit-lines.ts';
import { inputCodes } from './codes.ts';
import { compactJson, prettyJson } from './json.ts';
import { loadDocument } from './extend.ts';
import { readManifest } from './read.ts';
import { findSigningKey } from './rules/cas.ts';
import { checkRules } from './rules/index.ts';
import { mounts, tickets } from './schema/core.ts';
import { type Manifest, schemaOf } from './schema/manifest.ts';
import { checkSize } from './toml.ts';

export interface CompiledManifest {
  /** As the user named it. */
  path: string;
  /** The manifest and every one that it extends. */
  files: readonly string[];
  manifest: Manifest;
  /** Canonical JSON, without a newline at the end. */
  resolvedJson: string;
  hashes: ManifestHashes;
  /** File with the seed of the update key, if the manifest names one and it is there. */
  signingKeyFile?: string;
  /** Warnings; errors are thrown. */
  warnings: readonly Diagnostic[];
  /**
   * Where the value of a key path stands, for refusals by later stages; nothing if the manifest does not spell it out.
   */
  locate(path: string): Pick<Diagnostic, 'position' | 'sourceLine' | 'length'>;
}

/** SHA-256 in lower-case hexadecimal digits. */
export interface ManifestHashes {
  manifest: string;
  tickets: string;
  namespaces: string;
  /** Of the lines that the root task prints about its manifest. */
  audit: string;
}

export async function compileManifest(path: string): Promise<CompiledManifest> {
  return compileBytes(await readManifestFile(path), path);
}

async function readManifestFile(path: string): Promise<Uint8Array> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isFile() !== true) {
    throw fileFailure('COH0002', `manifest path does not exist or is not a file: ${path}`);
  }
  checkSize(status.size, path);
  try {
    return await readFile(path);
  } catch {
    throw fileFailure('COH0003', `failed to read manifest ${path}`);
  }
}

function fileFailure(code: string, message: string): Failure {
  return new Failure({ code, severity: 'error', message, ...inputCodes[code] });
}

/**
 * The compiler without the file system (except for what the manifest names: keys, and manifests that it extends);
 * `path` is for diagnostics.
 */
export function compileBytes(bytes: Uint8Array, path: string): CompiledManifest {
  const document = loadDocument(bytes, path);
  const { manifest, report } = readManifest(document);
  checkRules(manifest, report);
  if (report.failed) throw new Failure(report.diagnostics);
  const resolvedJson = prettyJson(manifest, schemaOf(manifest.root_task.schema));
  const manifestSha256 = sha256(resolvedJson);
  const hashes = {
    manifest: manifestSha256,
    tickets: sha256(compactJson(manifest.tickets, tickets)),
    namespaces: sha256(compactJson(manifest.namespaces.mounts, mounts)),
    audit: sha256(JSON.stringify(auditLines(manifest, manifestSha256))),
  };
  const locate = (keyPath: string) => report.placeOf(keyPath);
  const signingKeyFile = findSigningKey(manifest.cas.signing?.key_path, report);
  return {
    path,
    files: document.files,
    manifest,
    resolvedJson,
    hashes,
    ...(signingKeyFile === undefined ? {} : { signingKeyFile }),
    warnings: report.diagnostics,
    locate,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
