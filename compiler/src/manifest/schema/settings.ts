// SPDX-License-Identifier: Apache-2.0
/**
 * Schema of what 2.0 adds outside [protection]: who is let in, the network, sessions, the queen's control planes, host
 * units and tickets, reference manifests. A 1.5 manifest has the defaults of all of them; `settingsOf` gives them for
 * both.
 */
import { profile, telemetryIngest } from './core.ts';
import {
  array,
  boolean,
  type Field,
  type Fields,
  oneOf,
  string,
  table,
  u16,
  u32,
  u64,
  u8,
  type ValueOf,
} from './dsl.ts';
import { ecosystem, host } from './ecosystem.ts';
import * as limit from './limits.ts';

type FieldsOf<F> = F extends Field<infer T> ? { readonly [K in keyof T]: Field<T[K]> } : never;

/** The keys of a table with more keys behind them: the order of what is there already does not change. */
function extended<F extends Field<unknown>, const M extends Fields>(base: F, more: M) {
  if (base.shape.kind !== 'table') throw new Error('only a table can be extended');
  return table(base.doc, { ...base.shape.fields, ...more } as FieldsOf<F> & M);
}

/** A table with other fields in the place of some of its own. */
export const profile20 = extended(profile, {
  release: boolean('An image for use: default secrets are refused, and the queen needs a ticket.', { default: false }),
});

export const telemetryIngest20 = extended(telemetryIngest, {
  max_reference_entries_per_segment: u32('References in one segment.', { default: 1024, min: 1, max: 65_536 }),
  max_reference_manifest_bytes: u32('Bytes of the references in one segment.', { default: 131_072, min: 1 }),
  max_reference_bytes: u64('Bytes that the references of one segment may stand for.', {
    default: 1_073_741_824n,
    min: 1,
  }),
});

const units = table('What of the host is mirrored, by provider.', {
  systemd: array('Units of systemd.', string('Name of the unit.'), {
    default: ['cohesix-agent.service', 'ssh.service'],
  }),
  k8s_nodes: array('Nodes of the cluster.', string('Name of the node.'), { default: ['node-1'] }),
  nvidia_gpus: array('GPUs of the host.', string('Name of the GPU.'), { default: ['0'] }),
});

const hostTickets = table('Jobs for the host: /host/tickets.', {
  enable: boolean('Jobs may be requested.', { default: false }),
  max_line_bytes: u32('Bytes of one request or receipt.', { default: 2048, min: 256 }),
  max_token_bytes: u16('Bytes of an id, a key, or a name of a hive.', { default: 128, min: 1, max: 128 }),
  max_entries: u16('Requests that are kept.', { default: 64, min: 1, max: limit.MAX_CONTROL_ENTRIES }),
  log_max_bytes: u32('Size of each of the files spec, status and deadletter.', { default: 32_768, min: 256 }),
  max_relay_hops: u8('Hives that a request may pass through.', { default: 32, min: 1, max: 32 }),
});

export const host20 = extended(host, { units, tickets: hostTickets });
export const ecosystem20 = extended(ecosystem, { host: host20 });

export const auth = table('Who is let in.', {
  queen_ticket: oneOf('Whether a queen may attach without a ticket.', ['optional', 'required'], {
    default: 'optional',
  }),
  token: string('Token of the AUTH line, with which a TCP connection starts.', { default: 'changeme' }),
  timeout_ms: u32('Time from the connection to the AUTH line.', { default: 5000, min: 100, max: 60_000 }),
  throttle_ms: u32('Pause after the first refused attach; it doubles with each further one.', {
    default: 250,
    min: 1,
    max: 60_000,
  }),
  throttle_doublings: u8('Most times that the pause doubles.', { default: 7, max: 16 }),
});

export const network = table('The TCP side of the node; without effect unless features.net_console.', {
  mode: oneOf('Where the address comes from.', ['static', 'dhcp'], { default: 'static' }),
  address: string('IPv4 address; static mode only.', { default: '10.0.2.15' }),
  prefix_len: u8('Bits of the address that name the network; static mode only.', { default: 24, min: 1, max: 30 }),
  gateway: string('IPv4 address of the router, empty for none; static mode only.', { default: '10.0.2.2' }),
  console_port: u16('Port of the TCP console.', { default: 31_337, min: 1 }),
  secure9p_port: u16('Port of Secure9P; 0: not served over TCP.', { default: 564 }),
  udp_echo_port: u16('Port of the UDP echo of the self-test; 0: none.', { default: 31_338 }),
  tcp_smoke_port: u16('Port of the TCP probe of the self-test; 0: none.', { default: 31_339 }),
  max_connections: u16('TCP connections at once, over all ports.', { default: 40, min: 1, max: 256 }),
  idle_timeout_ms: u64('Time without a frame after which a connection is closed.', { default: 300_000n, min: 1000 }),
});

export const sessions = table('Sessions of the file tree.', {
  max: u16('Sessions at once, over all transports.', { default: 48, min: 1, max: 1024 }),
  reserved_for_queen: u16(
    'Sessions that only a queen may use: of these, or of network.max_connections if that is less.',
    {
      default: 2,
    },
  ),
  per_ticket: u16('Sessions at once of one ticket, unless it is a queen.', { default: 16, min: 1 }),
  fids_per_session: u16('Open files of one session; a power of two.', { default: 512, min: 16, max: 4096 }),
  max_binds: u16('Binds and mounts of one session.', { default: 8, min: 1, max: 64 }),
  max_locks: u16('Advisory locks at once, over all sessions.', { default: 64, min: 4, max: 1024 }),
  locks_per_session: u16('Locks of these that one session may hold.', { default: 16, min: 2, max: 512 }),
});

const control = (what: string, bytes: number): Field<number> =>
  u32(`Bytes that ${what} keeps of its commands.`, { default: bytes, min: 256 });
const entries = (what: string): Field<number> => u16(what, { default: 64, min: 1, max: limit.MAX_CONTROL_ENTRIES });
const view = (path: string, bytes: number, min: number): Field<number> =>
  u32(`Most bytes that ${path} may hold.`, { default: bytes, min, max: limit.MAX_MSIZE });

export const controlPlane = table("The queen's control planes.", {
  schedule: table('/queen/schedule/ctl.', {
    enable: boolean('The scheduler is there.', { default: true }),
    max_entries: entries('Entries that may wait.'),
    ctl_max_bytes: control('/queen/schedule/ctl', 8192),
    // A number has at most twenty digits: the longest summary must fit.
    summary_bytes: view('/proc/schedule/summary', 128, 119),
    queue_bytes: view('/proc/schedule/queue', 256, 64),
  }),
  lease: table('/queen/lease/ctl.', {
    enable: boolean('Leases are there.', { default: true }),
    max_active: entries('Leases at once.'),
    max_preemptions: entries('Preemptions that are remembered.'),
    max_quotas: entries('Quotas, each for one subject and one resource.'),
    ctl_max_bytes: control('/queen/lease/ctl', 8192),
    summary_bytes: view('/proc/lease/summary', 160, 158),
    active_bytes: view('/proc/lease/active', 256, 64),
    preemptions_bytes: view('/proc/lease/preemptions', 256, 64),
  }),
  export: table('/queen/export/ctl.', {
    enable: boolean('Windows for the export of jobs are there.', { default: true }),
    max_windows: entries('Windows at once.'),
    ctl_max_bytes: control('/queen/export/ctl', 2048),
  }),
});

/** Tables that schema 1.5 does not have at all, in the order of the canonical JSON. */
export const newTables = { auth, network, sessions, control_plane: controlPlane };

export type Settings = { readonly [K in keyof typeof newTables]: ValueOf<(typeof newTables)[K]> };
export type Profile20 = ValueOf<typeof profile20>;
export type TelemetryIngest20 = ValueOf<typeof telemetryIngest20>;
export type Ecosystem20 = ValueOf<typeof ecosystem20>;
