// SPDX-License-Identifier: Apache-2.0
/** Schema of what the tools outside the image obey: policies of coh and cohsh, their paths, and SwarmUI's settings. */
import { array, boolean, f32, oneOf, string, table, u16, u32, u64, u8 } from './dsl.ts';
import * as limit from './limits.ts';

// Every table in `coh`, and `cohsh.tail` and `cohsh.host_telemetry`, is all or nothing: hence `absent`, not `default`.
const coh = table('Policy of coh.', {
  mount: table('coh mount.', {
    root: string('Directory of the node that is mounted.', { absent: '/' }),
    allowlist: array('Trees that may be mounted.', string('Absolute path.'), {
      absent: ['/proc', '/queen', '/worker', '/log', '/gpu', '/host'],
    }),
  }),
  telemetry: table('coh telemetry pull.', {
    root: string('Where the devices are listed.', { absent: '/queen/telemetry' }),
    max_devices: u32('Devices in one pull.', { absent: 32, min: 1, max: limit.MAX_TELEMETRY_DEVICES }),
    max_segments_per_device: u32('Segments of one device.', { absent: 4, min: 1 }),
    max_bytes_per_segment: u32('Bytes in one segment.', { absent: 32768, min: 1 }),
    max_total_bytes_per_device: u32('Bytes of one device.', { absent: 131072, min: 1 }),
  }),
  run: table('coh run.', {
    lease: table('The lease that a run needs.', {
      schema: string('Schema label of a lease.', { absent: 'gpu-lease/v1' }),
      active_state: string('State of a lease that may be used.', { absent: 'ACTIVE' }),
      max_bytes: u32('Most bytes of a lease file.', { absent: 1024, min: 1 }),
    }),
    breadcrumb: table('What a run leaves in the status file.', {
      schema: string('Schema label of a breadcrumb.', { absent: 'gpu-breadcrumb/v1' }),
      max_line_bytes: u32('Most bytes in one breadcrumb.', { absent: 512, min: 1 }),
      max_command_bytes: u32('Most bytes of the command in it.', { absent: 256, min: 1 }),
    }),
  }),
  peft: table('coh peft: adapters for models.', {
    export: table('coh peft export.', {
      root: string('Where the jobs are listed.', { absent: '/queen/export/lora_jobs' }),
      max_telemetry_bytes: u32('Most bytes of telemetry.', { absent: 131072, min: 1 }),
      max_policy_bytes: u32('Most bytes of a policy.', { absent: 8192, min: 1 }),
      max_base_model_bytes: u32('Most bytes of the base model reference.', { absent: 1024, min: 1 }),
    }),
    import: table('coh peft import.', {
      registry_root: string('Directory of the registry on the host.', { absent: 'out/model_registry' }),
      max_adapter_bytes: u64('Most bytes of an adapter.', { absent: 67108864n, min: 1 }),
      max_lora_bytes: u32('Most bytes of the adapter description.', { absent: 65536, min: 1 }),
      max_metrics_bytes: u32('Most bytes of the metrics.', { absent: 65536, min: 1 }),
      max_manifest_bytes: u32('Most bytes of a registry entry.', { absent: 8192, min: 1 }),
    }),
    activate: table('coh peft activate.', {
      max_model_id_bytes: u32('Most bytes of a model name.', { absent: 128, min: 1, max: limit.MAX_MODEL_ID_BYTES }),
      max_state_bytes: u32('Most bytes of the activation state.', { absent: 4096, min: 1 }),
    }),
  }),
});

const cohsh = table('Policy of cohsh.', {
  pool: table('Sessions that are kept open.', {
    control_sessions: u16('Sessions for commands.', { default: 2, min: 1 }),
    telemetry_sessions: u16('Sessions for telemetry.', { default: 4, min: 1 }),
  }),
  tail: table('How often tail looks for new lines.', {
    poll_ms_default: u64('Interval unless asked otherwise.', { absent: 1000n }),
    poll_ms_min: u64('Shortest interval.', { absent: 250n, min: 1 }),
    poll_ms_max: u64('Longest interval.', { absent: 10000n }),
  }),
  host_telemetry: table('How often the host bridge publishes.', {
    nvidia_poll_ms: u64('Interval for nvidia.', { absent: 1000n, min: 1 }),
    systemd_poll_ms: u64('Interval for systemd.', { absent: 2000n, min: 1 }),
    docker_poll_ms: u64('Interval for docker.', { absent: 2000n, min: 1 }),
    k8s_poll_ms: u64('Interval for k8s.', { absent: 5000n, min: 1 }),
  }),
});

export const clientPolicies = table('What the host tools obey.', {
  coh,
  cohsh,
  retry: table('Retries of a failed request.', {
    max_attempts: u8('Attempts in all.', { default: 3, min: 1 }),
    backoff_ms: u64('Pause before the first retry.', { default: 200n, min: 1 }),
    ceiling_ms: u64('Longest pause.', { default: 2000n, min: 1 }),
    timeout_ms: u64('Time after which an attempt has failed.', { default: 5000n, min: 1 }),
  }),
  heartbeat: table('Keep-alive of an idle session.', {
    interval_ms: u64('Interval between two pings.', { default: 15000n, min: 1 }),
  }),
  trace: table('Recorded sessions.', {
    max_bytes: u32('Most bytes in one trace.', { default: 1048576, min: 1 }),
  }),
});

export const clientPaths = table('Paths that the host tools write to and read from.', {
  queen_ctl: string('Control file of the queen.', { default: '/queen/ctl' }),
  queen_lifecycle_ctl: string('Control file of the life cycle.', { default: '/queen/lifecycle/ctl' }),
  log: string('Log of the queen.', { default: '/log/queen.log' }),
});

export const swarmui = table('Settings of SwarmUI.', {
  ticket_scope: oneOf('What shares a session.', ['per-ticket', 'per-role'], { default: 'per-ticket' }),
  cache: table('Snapshots for use without a connection.', {
    enabled: boolean('Snapshots are kept.', { default: false }),
    max_bytes: u32('Most bytes in one snapshot.', { default: 262144, min: 1 }),
    ttl_s: u64('Seconds after which a snapshot is stale.', { default: 3600n, min: 1 }),
  }),
  hive: table('The live picture of the hive.', {
    frame_cap_fps: u16('Frames a second.', {
      default: 60,
      min: limit.MIN_FRAME_CAP_FPS,
      max: limit.MAX_FRAME_CAP_FPS,
    }),
    step_ms: u16('Step of the simulation.', { default: 16, min: 1 }),
    lod_zoom_out: f32('Zoom below which details are dropped; between 0 and 1.', { default: 0.7 }),
    lod_zoom_in: f32('Zoom above which details are added.', { default: 1.25 }),
    lod_event_budget: u32('Events drawn in one frame.', { default: 512, min: 1 }),
    snapshot_max_events: u32('Events in one snapshot.', { default: 4096, min: 1 }),
    overlay_lines: u16('Lines in an overlay.', { default: 3, min: 1 }),
    detail_lines: u16('Lines in the detail view.', { default: 50, min: 1 }),
    line_cap_bytes: u32('Most bytes in one line.', { default: 160, min: 1, max: limit.MAX_HIVE_LINE_BYTES }),
    per_worker_bytes: u32('Most bytes kept for one worker.', { default: 2048, min: 1 }),
  }),
  paths: table('Where SwarmUI looks.', {
    telemetry_root: string('Telemetry of the workers.', { default: '/worker' }),
    proc_ingest_root: string('Ingest statistics.', { default: '/proc/ingest' }),
    worker_root: string('The workers.', { default: '/worker' }),
    namespace_roots: array('Roots of the namespace browser.', string('Absolute path.'), {
      default: ['/proc', '/queen', '/worker', '/log', '/gpu'],
    }),
  }),
});
