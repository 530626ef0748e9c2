// SPDX-License-Identifier: Apache-2.0
/** Rules for telemetry rings, device ingest and the life cycle. */
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import type { Manifest } from '../schema/manifest.ts';

export const telemetryCodes: CodeTable = {
  COH2501: {
    cause: 'A worker without a ring could not report.',
    fix: 'write 1 or more; 1024 is the default',
  },
  COH2502: {
    cause: 'Each worker has a ring of this size; at most an eighth of the 32768 bytes of the event pump is allowed.',
    fix: 'write 4096 or less',
  },
  COH2503: {
    cause: 'With some limits zero and others not, the store would be neither off nor usable.',
    fix: 'set all three limits to zero, or all three above zero',
  },
  COH2504: {
    cause: 'A device could not fill even one segment.',
    fix: 'raise `max_total_bytes_per_device`, or lower `max_bytes_per_segment`',
  },
  COH2601: {
    cause: 'The table of transitions has eight entries.',
    fix: 'remove transitions',
  },
  COH2602: {
    cause: 'The transition changes nothing.',
    fix: 'remove it, or correct its states',
  },
  COH2603: {
    cause: 'Only the way out of BOOTING is automatic; everything else is a command of the queen.',
    fix: 'write a transition from BOOTING to ONLINE or DEGRADED',
  },
  COH2604: {
    cause: 'The transition is listed twice.',
    fix: 'remove one of the two',
  },
};

export function checkTelemetry({ telemetry, telemetry_ingest: ingest }: Manifest, report: Report): void {
  const ring = 'telemetry.ring_bytes_per_worker';
  const rings = telemetry.ring_bytes_per_worker * limit.TELEMETRY_RINGS;
  const budget = limit.EVENT_PUMP_BUDGET_BYTES;
  if (rings === 0) {
    report.error('COH2501', ring, `${ring} must be > 0`);
  } else if (rings > budget) {
    report.error('COH2502', ring, `telemetry rings ${rings} bytes exceed event-pump budget ${budget} bytes`);
  }
  const perSegment = ingest.max_bytes_per_segment;
  const total = ingest.max_total_bytes_per_device;
  const zeros = [ingest.max_segments_per_device, perSegment, total].filter((size) => size === 0).length;
  if (zeros === 1 || zeros === 2) {
    report.error(
      'COH2503',
      'telemetry_ingest',
      'telemetry_ingest.* must be all zero (disabled) or all non-zero (enabled)',
    );
  } else if (total < perSegment) {
    const path = 'telemetry_ingest.max_total_bytes_per_device';
    const message = `${path} ${total} must be >= max_bytes_per_segment ${perSegment}`;
    report.error('COH2504', [path, 'telemetry_ingest.max_bytes_per_segment'], message);
  }
}

export function checkLifecycle({ lifecycle }: Manifest, report: Report): void {
  const path = 'lifecycle.auto_transitions';
  if (lifecycle.auto_transitions.length > limit.MAX_AUTO_TRANSITIONS) {
    report.error('COH2601', path, `${path} exceeds max entries ${limit.MAX_AUTO_TRANSITIONS}`);
  }
  const seen = new Set<string>();
  lifecycle.auto_transitions.forEach(({ from, to }, index) => {
    const at = `${path}[${index}]`;
    const arrow = `${from} -> ${to}`;
    if (from === to) {
      report.error('COH2602', at, `${path} contains no-op ${arrow}`);
    } else if (from !== 'BOOTING' || (to !== 'ONLINE' && to !== 'DEGRADED')) {
      const allowed = '(only BOOTING -> ONLINE/DEGRADED allowed)';
      report.error('COH2603', at, `${path} contains unsupported ${arrow} ${allowed}`);
    } else if (seen.has(arrow)) {
      report.error('COH2604', at, `${path} contains duplicate ${arrow}`);
    }
    seen.add(arrow);
  });
}
