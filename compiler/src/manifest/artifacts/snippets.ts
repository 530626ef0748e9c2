// SPDX-License-Identifier: Apache-2.0
/**
 * Parts of docs/interfaces.md: what the default profile sets, table by table, for readers who look for one limit and
 * not for the whole reference of keys.
 */
import { formatF32 } from '../json.ts';
import type { Field } from '../schema/dsl.ts';
import { completed, manifestSchema20 } from '../schema/manifest.ts';
import { DEFAULT_PROFILE, defaultProfile } from './default-profile.ts';

/** Key paths whose tables make up a part. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  ticket_quotas: ['ticket_limits'],
  admission: ['auth', 'sessions'],
  network: ['network'],
  control_plane: ['control_plane'],
  telemetry_ingest: ['telemetry', 'telemetry_ingest'],
  observability: ['observability', 'ui_providers'],
  host_tree: ['ecosystem.host'],
  cas: ['cas'],
  coh_policy: ['client_policies.coh', 'client_policies.retry'],
  cohsh_policy: ['client_policies.cohsh', 'client_policies.retry', 'client_policies.heartbeat'],
  trace_policy: ['client_policies.trace'],
  client_paths: ['client_paths'],
  swarmui_defaults: ['swarmui'],
};

/** Not for a page: secrets, and where keys lie. */
const HIDDEN: ReadonlySet<string> = new Set(['auth.token', 'cas.signing.key_path']);

/** A telemetry record in CBOR; the format is part of the interface, whatever the manifest says. */
const CBOR_FRAME = [
  '| field | CBOR type | meaning |',
  '|---|---|---|',
  '| `schema` | text | `telemetry-frame/v1` |',
  '| `worker_id` | text | worker that sends the record |',
  '| `role` | text | its role |',
  '| `seq` | uint | grows by one with each record of the worker |',
  '| `emitted_ms` | uint | Unix time in milliseconds |',
  '| `payload` | map | what is measured |',
];

export const snippetParts: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(Object.entries(TABLES).map(([name, paths]) => [name, () => settings(paths)])),
  telemetry_cbor: () => CBOR_FRAME.join('\n'),
};

function settings(paths: readonly string[]): string {
  const { manifest, hashes } = defaultProfile();
  const full = completed(manifest);
  const rows = paths.flatMap((path) => {
    let field: Field<unknown> = manifestSchema20;
    let value: unknown = full;
    for (const name of path.split('.')) {
      field = childOf(field, name);
      value = (value as Record<string, unknown>)[name];
    }
    return [...rowsOf(path, field, value)];
  });
  const origin = `_Generated from \`${DEFAULT_PROFILE}\` (sha256: \`${hashes.manifest}\`)._`;
  return ['| key | value | meaning |', '|---|---|---|', ...rows, '', origin].join('\n');
}

function childOf({ shape }: Field<unknown>, name: string): Field<unknown> {
  const inner = shape.kind === 'optional' ? shape.inner.shape : shape;
  const child = inner.kind === 'table' ? inner.fields[name] : undefined;
  if (child === undefined) throw new Error(`the schema has no key ${name}`);
  return child;
}

function* rowsOf(path: string, field: Field<unknown>, value: unknown): Generator<string> {
  const shape = field.shape.kind === 'optional' ? field.shape.inner.shape : field.shape;
  if (HIDDEN.has(path)) return;
  if (shape.kind === 'table' && value !== null) {
    for (const [name, child] of Object.entries(shape.fields)) {
      yield* rowsOf(`${path}.${name}`, child, (value as Record<string, unknown>)[name]);
    }
    return;
  }
  const text = shape.kind === 'float' ? formatF32(value as number) : plain(value);
  yield `| \`${path}\` | \`${text}\` | ${field.doc.replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`;
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item)).replaceAll(
    '|',
    '\\|',
  );
}
