// SPDX-License-Identifier: Apache-2.0
/** Rules for what the host tools obey. */
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import type { Manifest } from '../schema/manifest.ts';
import { atLeastOne, atMost, withinMsize } from './bounds.ts';
import { pathFault, PROTOCOL_DEPTH } from './paths.ts';

export const clientCodes: CodeTable = {
  COH2901: {
    cause: 'Zero would leave the tool without sessions, time or room.',
    fix: 'write 1 or more',
  },
  COH2902: {
    cause: 'The intervals of tail must be in order: shortest, default, longest.',
    fix: 'choose poll_ms_min <= poll_ms_default <= poll_ms_max',
  },
  COH2903: {
    cause: 'The pause between retries starts at backoff_ms and grows up to the ceiling.',
    fix: 'raise `ceiling_ms`, or lower `backoff_ms`',
  },
  COH2904: {
    cause: 'A trace without room cannot be recorded.',
    fix: 'write 1 or more',
  },
  COH2905: {
    cause: 'Only what is listed can be mounted; the list has 1 to 16 entries.',
    fix: 'list between 1 and 16 paths',
  },
  COH2906: {
    cause: 'The list of devices is a fixed table of 256 entries.',
    fix: 'write 256 or less',
  },
  COH2907: {
    cause: 'A pull without segments or bytes brings nothing.',
    fix: 'write 1 or more for all three',
  },
  COH2908: {
    cause: 'The node stores no more than [telemetry_ingest] allows, so a larger limit here promises too much.',
    fix: 'lower the limit, or raise the one in [telemetry_ingest]',
  },
  COH2909: {
    cause:
      'The text is compared with a fixed field of the lease or breadcrumb, of 64 bytes for a schema and 16 for a state.',
    fix: 'write a shorter text that is not empty',
  },
  COH2910: {
    cause: 'The file is read in one frame.',
    fix: 'write a size up to `secure9p.msize`',
  },
  COH2911: {
    cause: 'The command is one part of the line.',
    fix: 'lower `max_command_bytes`, or raise `max_line_bytes`',
  },
  COH2912: {
    cause: 'Names of models are limited to 256 bytes, and travel with a newline in one frame.',
    fix: 'write 256 or less, and less than `secure9p.msize`',
  },
  COH2913: {
    cause: "Tools walk to this path in the node's tree.",
    fix: 'write an absolute path of at most eight components without ".." or empty ones',
  },
  COH2914: {
    cause: 'The path is a directory on the host; it may not lead out of where the tool was told to work.',
    fix: 'write a path of at most eight components without "." or ".."',
  },
};

export function checkCohsh({ client_policies: policies }: Manifest, report: Report): void {
  const { pool, tail, host_telemetry: host } = policies.cohsh;
  checkPositive('client_policies.cohsh.pool', pool, report);
  const label = 'client_policies.cohsh.tail';
  const minimumIsValid = atLeastOne(report, 'COH2901', `${label}.poll_ms_min`, tail.poll_ms_min);
  const paths = [`${label}.poll_ms_max`, `${label}.poll_ms_min`] as const;
  if (tail.poll_ms_max < tail.poll_ms_min) {
    const message = `${label}.poll_ms_max ${tail.poll_ms_max} must be >= poll_ms_min ${tail.poll_ms_min}`;
    report.error('COH2902', paths, message);
  } else if (minimumIsValid && (tail.poll_ms_default < tail.poll_ms_min || tail.poll_ms_default > tail.poll_ms_max)) {
    const message = `${label}.poll_ms_default ${tail.poll_ms_default} must be within ${tail.poll_ms_min}..=${tail.poll_ms_max}`;
    report.error('COH2902', [`${label}.poll_ms_default`, ...paths], message);
  }
  checkPositive('client_policies.cohsh.host_telemetry', host, report);
}

export function checkSharedPolicies({ client_policies: policies }: Manifest, report: Report): void {
  const { retry, heartbeat, trace } = policies;
  checkPositive('client_policies.retry', retry, report);
  if (retry.ceiling_ms >= 1 && retry.ceiling_ms < retry.backoff_ms) {
    const path = 'client_policies.retry.ceiling_ms';
    const message = `${path} ${retry.ceiling_ms} must be >= backoff_ms ${retry.backoff_ms}`;
    report.error('COH2903', [path, 'client_policies.retry.backoff_ms'], message);
  }
  checkPositive('client_policies.heartbeat', heartbeat, report);
  if (trace.max_bytes === 0) {
    report.error('COH2904', 'client_policies.trace.max_bytes', 'client_policies.trace.max_bytes must be > 0');
  }
}

export function checkCohMount({ client_policies: policies }: Manifest, report: Report): void {
  const { mount } = policies.coh;
  const label = 'client_policies.coh.mount';
  // The root of the node is what is mounted by default.
  if (mount.root !== '/') checkNodePath(`${label}.root`, mount.root, report);
  const list = `${label}.allowlist`;
  if (mount.allowlist.length === 0) {
    report.error('COH2905', list, `${list} must not be empty`);
  } else if (mount.allowlist.length > limit.MAX_MOUNT_ALLOWLIST) {
    report.error('COH2905', list, `${list} exceeds max entries ${limit.MAX_MOUNT_ALLOWLIST}`);
  }
  mount.allowlist.forEach((path, index) => checkNodePath(`${list}[${index}]`, path, report, list));
}

export function checkCohTelemetry(manifest: Manifest, report: Report): void {
  const { telemetry } = manifest.client_policies.coh;
  const label = 'client_policies.coh.telemetry';
  checkNodePath(`${label}.root`, telemetry.root, report);
  if (atLeastOne(report, 'COH2901', `${label}.max_devices`, telemetry.max_devices)) {
    atMost(report, 'COH2906', `${label}.max_devices`, telemetry.max_devices, limit.MAX_TELEMETRY_DEVICES);
  }
  const keys = ['max_segments_per_device', 'max_bytes_per_segment', 'max_total_bytes_per_device'] as const;
  const zero = keys.find((key) => telemetry[key] === 0);
  if (zero !== undefined) {
    const message = `${label}.* must be >= 1 (segments, bytes per segment, total bytes)`;
    report.error('COH2907', `${label}.${zero}`, message);
  }
  for (const key of keys) {
    const most = manifest.telemetry_ingest[key];
    if (isIngestOff(most) || telemetry[key] <= most) continue;
    const paths = [`${label}.${key}`, `telemetry_ingest.${key}`] as const;
    report.error('COH2908', paths, `${label}.${key} ${telemetry[key]} exceeds telemetry_ingest.${key} ${most}`);
  }
}

/** Zero switches device ingest off; then there is nothing that these limits could promise too much of. */
function isIngestOff(limitOfIngest: number): boolean {
  return limitOfIngest === 0;
}

export function checkCohRun({ client_policies: policies, secure9p }: Manifest, report: Report): void {
  const { lease, breadcrumb } = policies.coh.run;
  const label = 'client_policies.coh.run';
  checkText(`${label}.lease.schema`, lease.schema, limit.MAX_SCHEMA_LABEL_LEN, report);
  checkText(`${label}.lease.active_state`, lease.active_state, limit.MAX_ACTIVE_STATE_LEN, report);
  if (atLeastOne(report, 'COH2901', `${label}.lease.max_bytes`, lease.max_bytes)) {
    withinMsize(report, 'COH2910', `${label}.lease.max_bytes`, lease.max_bytes, secure9p.msize);
  }
  checkText(`${label}.breadcrumb.schema`, breadcrumb.schema, limit.MAX_SCHEMA_LABEL_LEN, report);
  const line = `${label}.breadcrumb.max_line_bytes`;
  const command = `${label}.breadcrumb.max_command_bytes`;
  if (atLeastOne(report, 'COH2901', line, breadcrumb.max_line_bytes)) {
    withinMsize(report, 'COH2910', line, breadcrumb.max_line_bytes, secure9p.msize);
  }
  atLeastOne(report, 'COH2901', command, breadcrumb.max_command_bytes);
  if (breadcrumb.max_line_bytes >= 1 && breadcrumb.max_command_bytes > breadcrumb.max_line_bytes) {
    const message = `${command} ${breadcrumb.max_command_bytes} exceeds max_line_bytes ${breadcrumb.max_line_bytes}`;
    report.error('COH2911', [command, line], message);
  }
}

export function checkCohPeft(manifest: Manifest, report: Report): void {
  const { root, ...exportSizes } = manifest.client_policies.coh.peft.export;
  const { registry_root, ...importSizes } = manifest.client_policies.coh.peft.import;
  const { activate } = manifest.client_policies.coh.peft;
  const label = 'client_policies.coh.peft';
  checkNodePath(`${label}.export.root`, root, report);
  checkPositive(`${label}.export`, exportSizes, report);
  const most = manifest.telemetry_ingest.max_total_bytes_per_device;
  if (!isIngestOff(most) && exportSizes.max_telemetry_bytes > most) {
    const source = 'telemetry_ingest.max_total_bytes_per_device';
    const path = `${label}.export.max_telemetry_bytes`;
    report.error('COH2908', [path, source], `${path} ${exportSizes.max_telemetry_bytes} exceeds ${source} ${most}`);
  }
  checkHostPath(`${label}.import.registry_root`, registry_root, report);
  checkPositive(`${label}.import`, importSizes, report);
  checkPositive(`${label}.activate`, activate, report);
  const idPath = `${label}.activate.max_model_id_bytes`;
  const idBytes = activate.max_model_id_bytes;
  const { msize } = manifest.secure9p;
  if (atMost(report, 'COH2912', idPath, idBytes, limit.MAX_MODEL_ID_BYTES) && idBytes >= 1 && idBytes + 1 > msize) {
    report.error('COH2912', [idPath, 'secure9p.msize'], `${idPath} ${idBytes} exceeds secure9p.msize ${msize}`);
  }
}

function checkPositive(label: string, values: Readonly<Record<string, number | bigint>>, report: Report): void {
  for (const [key, value] of Object.entries(values)) atLeastOne(report, 'COH2901', `${label}.${key}`, value);
}

function checkText(path: string, text: string, maxBytes: number, report: Report): void {
  if (text === '') report.error('COH2909', path, `${path} must not be empty`);
  else if (Buffer.byteLength(text) > maxBytes) report.error('COH2909', path, `${path} exceeds max len ${maxBytes}`);
}

function checkNodePath(at: string, path: string, report: Report, label = at): void {
  const fault = pathFault(path, PROTOCOL_DEPTH);
  if (fault !== undefined) report.error('COH2913', at, `${label} ${fault}`);
}

function checkHostPath(at: string, path: string, report: Report): void {
  const components = path.split('/').filter((component) => component !== '');
  const disallowed = components.find((component) => component === '.' || component === '..');
  let fault: string | undefined;
  if (components.length === 0) fault = 'must not be empty';
  else if (path.includes('\0')) fault = 'contains NUL byte';
  else if (components.length > limit.MAX_WALK_DEPTH) fault = `exceeds max depth ${limit.MAX_WALK_DEPTH}`;
  else if (disallowed !== undefined) fault = `contains disallowed component '${disallowed}'`;
  if (fault !== undefined) report.error('COH2914', at, `${at} ${fault}`);
}
