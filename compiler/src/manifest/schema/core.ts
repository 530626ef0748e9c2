// SPDX-License-Identifier: Apache-2.0
/**
 * Schema of the tables that describe the image itself: profile, transport, features, tickets, namespace, sharding, CAS.
 */
import { array, boolean, oneOf, optional, string, table, u16, u32, u64, u8 } from './dsl.ts';
import * as limit from './limits.ts';

/** In the order of their numbers, as tickets, reports and the layout have them. */
export const ROLES = ['queen', 'worker-heartbeat', 'worker-gpu', 'worker-bus', 'worker-lora'] as const;

// The defaults of `meta` belong to schema 1.5: they are part of the canonical JSON, hence of every hash made from it.
export const meta = table('Who wrote the manifest and what it is for.', {
  author: string('Author, for the record.', { default: 'Lukas Bower' }),
  purpose: string('One sentence on what the manifest is for.', { default: 'Resolved root-task manifest.' }),
});

export const rootTask = table('The manifest format.', {
  schema: string('Version of the schema: "1.5", or "2.0" with [protection].'),
});

export const profile = table('What is built.', {
  name: string('Name of the profile, printed at boot.'),
  kernel: boolean('True for an image on seL4; false for a host build.'),
});

export const eventPump = table('The root task main loop.', {
  tick_ms: u64('Period of the event pump tick, in milliseconds.'),
});

export const secure9p = table('Limits of the Secure9P protocol.', {
  msize: u32('Largest frame, in bytes.', { max: limit.MAX_MSIZE }),
  walk_depth: u8('Most path components in one walk.', { max: limit.MAX_WALK_DEPTH }),
  tags_per_session: u16('Requests that one session may have outstanding.', { min: 1 }),
  batch_frames: u16('Frames that are accepted in one write.', { min: 1 }),
  short_write: table('What happens to a write that the transport takes only in part.', {
    policy: oneOf('Refuse the write, or retry the rest.', ['reject', 'retry']),
  }),
});

export const features = table('Which consoles are built in.', {
  net_console: boolean('TCP console.'),
  serial_console: boolean('Serial console.', { default: false }),
  std_console: boolean('Console on standard input and output; host builds only.', { default: false }),
  std_host_tools: boolean('Host tools in the same binary; host builds only.', { default: false }),
});

export const cache = table('Cache maintenance around memory that is shared with devices.', {
  kernel_ops: boolean('Use the kernel operations for cache maintenance.', { default: false }),
  dma_clean: boolean('Clean before a device reads.', { default: false }),
  dma_invalidate: boolean('Invalidate before the processor reads what a device wrote.', { default: false }),
  unify_instructions: boolean('Unify instruction caches after code was written.', { default: false }),
});

export const tickets = array(
  'Ticket secrets, one for each role.',
  table('Secret of one role.', {
    role: oneOf('Role that the secret signs for.', ROLES),
    secret: string('Secret from which the key of the ticket MAC is derived.'),
  }),
);

export const ticketLimits = table('Limits on what a ticket may ask for.', {
  max_scopes: u16('Scopes in one ticket.', { default: 8, max: limit.MAX_TICKET_SCOPES }),
  max_scope_path_len: u16('Bytes in the path of a scope.', {
    default: 128,
    min: 1,
    max: limit.MAX_TICKET_SCOPE_PATH_LEN,
  }),
  max_scope_rate_per_s: u32('Operations a second in one scope; 0 is unlimited.', { default: 64 }),
  bandwidth_bytes: u64('Bytes that a ticket may move; 0 is unlimited.', { default: 131072n }),
  cursor_resumes: u32('Times that a cursor may be resumed; 0 is unlimited.', { default: 16 }),
  cursor_advances: u32('Times that a cursor may be advanced; 0 is unlimited.', { default: 256 }),
});

export const mounts = array(
  'Services mounted at boot.',
  table('One mount.', {
    service: string('Name of the service.'),
    target: array('Path of the mount point, one component an element.', string('Path component.')),
  }),
  { default: [] },
);

export const namespaces = table('The file tree.', {
  role_isolation: boolean('Every role sees only its own part of the tree.', { default: true }),
  mounts,
});

export const sharding = table('How workers are spread over /shard.', {
  enabled: boolean('Workers live under /shard/<label>/worker.', { default: false }),
  shard_bits: u8('Bits of the worker hash that select the shard.', { default: 0, max: limit.MAX_SHARD_BITS }),
  legacy_worker_alias: boolean('Keep /worker/<id> as an alias.', { default: false }),
});

export const telemetry = table('Telemetry rings of the workers.', {
  ring_bytes_per_worker: u32('Size of one ring.', {
    default: 1024,
    min: 1,
    max: limit.EVENT_PUMP_BUDGET_BYTES / limit.TELEMETRY_RINGS,
  }),
  frame_schema: oneOf('Format of a telemetry record.', ['legacy-plaintext', 'cbor-v1'], {
    default: 'legacy-plaintext',
  }),
  cursor: table('Read cursors.', {
    retain_on_boot: boolean('Cursors survive a reboot.', { default: false }),
  }),
});

export const telemetryIngest = table('Telemetry of devices, stored in segments. All three sizes zero: off.', {
  max_segments_per_device: u32('Segments kept for one device.', { default: 4 }),
  max_bytes_per_segment: u32('Bytes in one segment.', { default: 32768 }),
  max_total_bytes_per_device: u32('Bytes kept for one device.', { default: 131072 }),
  eviction_policy: oneOf('What happens when a device is full.', ['refuse', 'evict-oldest'], {
    default: 'evict-oldest',
  }),
});

const LIFECYCLE_STATES = ['BOOTING', 'DEGRADED', 'ONLINE', 'DRAINING', 'QUIESCED', 'OFFLINE'] as const;

export const lifecycle = table('Life cycle of the node.', {
  initial_state: oneOf('State at power-on.', LIFECYCLE_STATES, { default: 'BOOTING' }),
  auto_transitions: array(
    'Transitions that happen without a command.',
    table('One transition.', {
      from: oneOf('State before.', LIFECYCLE_STATES),
      to: oneOf('State after.', LIFECYCLE_STATES),
    }),
    { default: [], absent: [{ from: 'BOOTING', to: 'ONLINE' }] },
  ),
});

export const cas = table('Content-addressed store for updates.', {
  enable: boolean('The store is built in.', { default: false }),
  store: table('Storage.', {
    chunk_bytes: u32('Size of one chunk; at least 1 when the store is enabled.', { default: 0 }),
  }),
  delta: table('Delta updates.', {
    enable: boolean('Updates may build on an earlier one.', { default: false }),
  }),
  signing: optional(
    table('Signatures of updates; needed when the store is enabled.', {
      required: boolean('Unsigned updates are refused.'),
      key_path: optional(string('File with the signing key as hexadecimal digits, relative to the manifest.')),
    }),
  ),
});
