// SPDX-License-Identifier: Apache-2.0
/**
 * Roles and the tree: what each path is, when it is there, and which role may read or write it. One table, for analyses
 * here and for the server that enforces it. A queen reads everything and writes everything that can be written; the
 * table says what others may do.
 */
import { resolveMounts } from './sidecar-mounts.ts';
import { ROLES } from './schema/core.ts';
import type { Manifest20 } from './schema/manifest.ts';

export type Role = (typeof ROLES)[number];
export type Mode = 'directory' | 'read-only' | 'append-only';

/**
 * A path of components. `*` is any one name, `**` any rest, none too; `<id>` is the name that the session's ticket is
 * for, `<gpu>` a GPU that the worker has the lease of, `<scope>` an adapter whose scope is that name.
 */
export interface NodeRule {
  path: string;
  mode: Mode;
  /** Key path that must be true in the manifest. Absent: always there. */
  needs?: string;
}

export interface Grant {
  path: string;
  roles: readonly Role[];
  verbs: readonly ('read' | 'write')[];
}

const WORKERS = ROLES.filter((role) => role !== 'queen');
const TELEMETRY_ROLES = ['worker-heartbeat', 'worker-gpu'] as const;

const files = (mode: Mode, needs: string | undefined, ...paths: string[]): NodeRule[] =>
  paths.map((path) => ({ path, mode, ...(needs === undefined ? {} : { needs }) }));

/** The first rule that fits a path counts. */
export const NODES: readonly NodeRule[] = [
  ...files('read-only', undefined, '/proc/boot', '/proc/tests/*', '/proc/lifecycle/*', '/proc/*/trace'),
  ...['sessions', 'outstanding', 'short_writes'].flatMap((name) => [
    ...files('read-only', `observability.proc_9p.${name}`, `/proc/9p/${name}`),
    ...files('read-only', `ui_providers.proc_9p.${name}`, `/proc/9p/${name}.cbor`),
  ]),
  ...files('read-only', 'observability.proc_9p_session.active', '/proc/9p/session/active'),
  ...['state', 'since_ms', 'owner'].flatMap((name) =>
    files('read-only', `observability.proc_9p_session.${name}`, `/proc/9p/session/*/${name}`),
  ),
  ...['p50_ms', 'p95_ms', 'backpressure', 'dropped', 'queued', 'watch'].flatMap((name) =>
    files('read-only', `observability.proc_ingest.${name}`, `/proc/ingest/${name}`),
  ),
  ...['p50_ms', 'p95_ms', 'backpressure'].flatMap((name) =>
    files('read-only', `ui_providers.proc_ingest.${name}`, `/proc/ingest/${name}.cbor`),
  ),
  ...['reachable', 'last_seen_ms', 'cut_reason'].flatMap((name) =>
    files('read-only', `observability.proc_root.${name}`, `/proc/root/${name}`),
  ),
  ...['busy', 'quota', 'cut', 'policy'].flatMap((name) =>
    files('read-only', `observability.proc_pressure.${name}`, `/proc/pressure/${name}`),
  ),
  ...files('read-only', 'control_plane.schedule.enable', '/proc/schedule/summary', '/proc/schedule/queue'),
  ...files('read-only', 'control_plane.lease.enable', '/proc/lease/*'),
  ...files('append-only', undefined, '/log/queen.log', '/queen/ctl', '/queen/lifecycle/ctl'),
  ...files('append-only', 'control_plane.schedule.enable', '/queen/schedule/ctl'),
  ...files('append-only', 'control_plane.lease.enable', '/queen/lease/ctl'),
  ...files('append-only', 'control_plane.export.enable', '/queen/export/ctl'),
  ...files('append-only', undefined, '/queen/telemetry/*/ctl', '/queen/telemetry/*/seg/*'),
  ...files('read-only', undefined, '/queen/telemetry/*/latest', '/queen/export/lora_jobs/*/*'),
  ...files('append-only', 'sharding.enabled', '/shard/*/worker/*/telemetry'),
  ...files('append-only', 'worker_tree', '/worker/*/telemetry'),
  ...files('append-only', undefined, '/gpu/bridge/ctl'),
  ...files('read-only', undefined, '/gpu/bridge/status', '/gpu/models/available/*/manifest.toml'),
  ...files('append-only', undefined, '/gpu/models/active'),
  ...files('read-only', undefined, '/gpu/telemetry/schema.json', '/gpu/*/info'),
  ...files('append-only', undefined, '/gpu/*/ctl', '/gpu/*/lease', '/gpu/*/status', '/gpu/*/job'),
  ...files('append-only', undefined, '/trace/ctl'),
  ...files('read-only', undefined, '/trace/events', '/kmesg'),
  ...files('append-only', 'cas.enable', '/updates/*/manifest.cbor', '/updates/*/chunks/*'),
  ...files('read-only', 'cas.enable', '/updates/*/status', '/updates/*/status.cbor'),
  ...files('append-only', 'ecosystem.models.enable', '/models/*/*'),
  ...files('append-only', 'ecosystem.policy.enable', '/policy/ctl', '/actions/queue'),
  ...files('read-only', 'ecosystem.policy.enable', '/policy/rules', '/policy/preflight/*', '/actions/*/status'),
  ...files('append-only', 'ecosystem.audit.enable', '/audit/journal'),
  ...files('read-only', 'ecosystem.audit.enable', '/audit/decisions', '/audit/export'),
  ...files('append-only', 'ecosystem.audit.replay_enable', '/replay/ctl'),
  ...files('read-only', 'ecosystem.audit.replay_enable', '/replay/status'),
];

/** What others than a queen may do. Directories on the way to a path that a role may read can be walked and listed. */
export const GRANTS: readonly Grant[] = [
  { path: '/proc/boot', roles: WORKERS, verbs: ['read'] },
  { path: '/log/queen.log', roles: WORKERS, verbs: ['read'] },
  { path: '/<host>/**', roles: WORKERS, verbs: ['read'] },
  { path: '/shard/*/worker/<id>/telemetry', roles: TELEMETRY_ROLES, verbs: ['read', 'write'] },
  { path: '/worker/<id>/telemetry', roles: TELEMETRY_ROLES, verbs: ['read', 'write'] },
  { path: '/gpu/<gpu>/info', roles: ['worker-gpu'], verbs: ['read'] },
  { path: '/gpu/<gpu>/status', roles: ['worker-gpu'], verbs: ['read'] },
  { path: '/gpu/<gpu>/ctl', roles: ['worker-gpu'], verbs: ['read'] },
  { path: '/gpu/<gpu>/job', roles: ['worker-gpu'], verbs: ['read', 'write'] },
  { path: '/bus/<scope>/**', roles: ['worker-bus'], verbs: ['read', 'write'] },
  { path: '/lora/<scope>/**', roles: ['worker-lora'], verbs: ['read', 'write'] },
];

export interface RoleAccess {
  role: Role;
  /** Absent: no. Empty: yes. Else the condition. */
  read?: string;
  write?: string;
}

export interface PathAccess {
  path: string;
  mode: Mode | 'unknown';
  /** Key path whose value takes the path out of the tree. */
  missing?: string;
  roles: RoleAccess[];
  /** Rule of [ecosystem.policy] that a write must be approved under. */
  approval?: string;
}

/** Throws nothing: any text has an answer, if only that no such path is known. */
export function accessOf(path: string, manifest: Manifest20): PathAccess {
  const names = path.split('/').filter((name) => name !== '');
  const rules = [...NODES, ...mountedNodes(manifest)];
  const node = rules.find((rule) => fits(componentsOf(rule.path), names) !== undefined);
  const isDirectory = node === undefined && (names.length === 0 || rules.some((rule) => leadsTo(rule.path, names)));
  const mode = node?.mode ?? (isDirectory ? 'directory' : 'unknown');
  const missing = node?.needs !== undefined && !holds(node.needs, manifest) ? node.needs : undefined;
  const gate = manifest.ecosystem.policy.enable
    ? manifest.ecosystem.policy.rules.find(({ target }) => fits(componentsOf(target), names) !== undefined)
    : undefined;
  return {
    path: `/${names.join('/')}`,
    mode,
    ...(missing === undefined ? {} : { missing }),
    ...(gate === undefined ? {} : { approval: gate.id }),
    roles: mode === 'unknown' ? [] : ROLES.map((role) => roleAccess(role, names, mode, manifest)),
  };
}

function roleAccess(role: Role, names: readonly string[], mode: Mode, manifest: Manifest20): RoleAccess {
  const isWritable = mode === 'append-only';
  if (role === 'queen') return { role, read: '', ...(isWritable ? { write: '' } : {}) };
  const result: RoleAccess = { role };
  for (const { path, roles, verbs } of GRANTS) {
    if (!roles.includes(role)) continue;
    const pattern = componentsOf(path.replace('/<host>', manifest.ecosystem.host.mount_at));
    const bound =
      fits(pattern, names) ?? (mode === 'directory' ? fits(pattern.slice(0, names.length), names) : undefined);
    if (bound === undefined) continue;
    const condition = conditionOf(bound, manifest);
    if (condition === undefined) continue;
    if (verbs.includes('read')) result.read ??= condition;
    if (verbs.includes('write') && isWritable) result.write ??= condition;
  }
  return result;
}

/** What the placeholders stand for; `undefined` when nothing can. */
function conditionOf(bound: ReadonlyMap<string, string>, manifest: Manifest20): string | undefined {
  const parts: string[] = [];
  for (const [placeholder, name] of bound) {
    if (placeholder === '<id>') parts.push(`if its ticket is for ${name}`);
    if (placeholder === '<gpu>') parts.push(`while it has the lease of ${name}`);
    if (placeholder === '<scope>') {
      const adapter = resolveMounts(manifest).find(({ label }) => label === name);
      if (adapter === undefined) return undefined;
      parts.push(`if its ticket is for ${adapter.adapter.scope}`);
    }
  }
  return parts.join(' and ');
}

/** Parts of the tree whose place or names stand in the manifest. */
function mountedNodes(manifest: Manifest20): NodeRule[] {
  const host = manifest.ecosystem.host.mount_at;
  const sidecar = (kind: 'modbus' | 'dnp3' | 'lora', mode: Mode, ...names: string[]): NodeRule[] =>
    resolveMounts(manifest)
      .filter((entry) => entry.kind === kind)
      .flatMap(({ label = '' }) =>
        files(
          mode,
          `sidecars.${kind}.enable`,
          ...names.map((name) => `${manifest.sidecars[kind].mount_at}/${label}/${name}`),
        ),
      );
  return [
    ...files('read-only', 'ecosystem.host.tickets.enable', ...snapshots(host)),
    ...files('append-only', 'ecosystem.host.tickets.enable', `${host}/tickets/*`),
    ...files('append-only', 'ecosystem.host.enable', `${host}/*/*`, `${host}/*/*/*`, `${host}/*/*/*/*`),
    ...(['modbus', 'dnp3'] as const).flatMap((kind) => [
      ...sidecar(kind, 'append-only', 'ctl', 'telemetry', 'link', 'replay'),
      ...sidecar(kind, 'read-only', 'spool'),
    ]),
    ...sidecar('lora', 'append-only', 'ctl'),
    ...sidecar('lora', 'read-only', 'telemetry', 'tamper'),
  ];
}

function snapshots(host: string): string[] {
  return ['spec', 'status', 'deadletter'].map((name) => `${host}/tickets/${name}.snapshot`);
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

/** The names that the placeholders of a pattern stand for; `undefined` if the path is another. */
function fits(pattern: readonly string[], names: readonly string[]): Map<string, string> | undefined {
  const bound = new Map<string, string>();
  for (const [index, part] of pattern.entries()) {
    if (part === '**') return bound;
    const name = names[index];
    if (name === undefined) return undefined;
    if (part.startsWith('<')) bound.set(part, name);
    else if (part !== '*' && part !== name) return undefined;
  }
  return pattern.length === names.length ? bound : undefined;
}

function leadsTo(path: string, names: readonly string[]): boolean {
  const pattern = componentsOf(path);
  return names.length < pattern.length && fits(pattern.slice(0, names.length), names) !== undefined;
}

function holds(keyPath: string, manifest: Manifest20): boolean {
  const { sharding } = manifest;
  if (keyPath === 'worker_tree') return !sharding.enabled || sharding.legacy_worker_alias;
  let value: unknown = manifest;
  for (const name of keyPath.split('.')) value = (value as Record<string, unknown>)[name];
  return value === true;
}
