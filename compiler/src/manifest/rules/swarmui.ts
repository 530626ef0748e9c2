// SPDX-License-Identifier: Apache-2.0
/** Rules for the paths that clients use, and for SwarmUI. */
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import type { Manifest } from '../schema/manifest.ts';
import { atMost } from './bounds.ts';

export const swarmuiCodes: CodeTable = {
  COH3001: {
    cause: "Clients walk to this path in the node's tree.",
    fix: 'write an absolute path without ".", ".." or empty components, within `secure9p.walk_depth`',
  },
  COH3101: {
    cause: 'Zero would leave nothing to keep or to show.',
    fix: 'write 1 or more',
  },
  COH3102: {
    cause: 'Slower looks broken, faster costs power that nobody sees.',
    fix: 'write a number between 30 and 60',
  },
  COH3103: {
    cause: 'Details are dropped below the first zoom factor and added above the second; between them nothing flickers.',
    fix: 'choose 0 < lod_zoom_out < 1, and lod_zoom_in above it',
  },
  COH3104: {
    cause: 'The detail view shows at least what the overlay shows.',
    fix: 'raise `detail_lines`, or lower `overlay_lines`',
  },
  COH3105: {
    cause: 'Lines are kept in fixed fields of 256 bytes.',
    fix: 'write 256 or less',
  },
  COH3106: {
    cause: 'What is kept for a worker must hold at least one line.',
    fix: 'raise `per_worker_bytes`, or lower `line_cap_bytes`',
  },
  COH3107: {
    cause: 'The namespace browser starts from these roots.',
    fix: 'list at least one root, e.g. "/proc"',
  },
};

export function checkClientPaths({ client_paths, swarmui, secure9p }: Manifest, report: Report): void {
  const { namespace_roots, ...paths } = swarmui.paths;
  const depth = secure9p.walk_depth;
  for (const [key, path] of Object.entries(client_paths)) checkPath(`client_paths.${key}`, path, depth, report);
  for (const [key, path] of Object.entries(paths)) checkPath(`swarmui.paths.${key}`, path, depth, report);
  const list = 'swarmui.paths.namespace_roots';
  namespace_roots.forEach((path, index) => checkPath(`${list}[${index}]`, path, depth, report, list));
}

function checkPath(at: string, path: string, maxDepth: number, report: Report, label = at): void {
  const fault = clientPathFault(path, maxDepth);
  if (fault !== undefined) report.error('COH3001', [at, 'secure9p.walk_depth'], `${label} ${fault}`);
}

function clientPathFault(path: string, maxDepth: number): string | undefined {
  if (!path.startsWith('/')) return 'must be an absolute path';
  if (path === '/') return 'must not be empty';
  const components = path.slice(1).split('/');
  const disallowed = components.find((component) => component === '' || component === '.' || component === '..');
  if (disallowed !== undefined) return `contains disallowed path component '${disallowed}'`;
  if (path.includes('\0')) return 'contains NUL byte';
  return components.length > maxDepth ? `exceeds secure9p.walk_depth ${maxDepth}` : undefined;
}

export function checkSwarmuiCache({ swarmui }: Manifest, report: Report): void {
  checkPositive('swarmui.cache.max_bytes', swarmui.cache.max_bytes, report);
  checkPositive('swarmui.cache.ttl_s', swarmui.cache.ttl_s, report);
}

export function checkHive({ swarmui }: Manifest, report: Report): void {
  const { hive } = swarmui;
  const label = 'swarmui.hive';
  if (hive.frame_cap_fps < limit.MIN_FRAME_CAP_FPS || hive.frame_cap_fps > limit.MAX_FRAME_CAP_FPS) {
    const range = `${limit.MIN_FRAME_CAP_FPS}..=${limit.MAX_FRAME_CAP_FPS}`;
    report.error('COH3102', `${label}.frame_cap_fps`, `${label}.frame_cap_fps must be within ${range}`);
  }
  checkPositive(`${label}.step_ms`, hive.step_ms, report);
  if (hive.lod_zoom_out <= 0 || hive.lod_zoom_out >= 1) {
    report.error('COH3103', `${label}.lod_zoom_out`, `${label}.lod_zoom_out must be within (0.0, 1.0)`);
  } else if (hive.lod_zoom_in <= hive.lod_zoom_out) {
    const paths = [`${label}.lod_zoom_in`, `${label}.lod_zoom_out`] as const;
    report.error('COH3103', paths, `${label}.lod_zoom_in must be > lod_zoom_out`);
  }
  const sizes = [
    ...(['lod_event_budget', 'snapshot_max_events', 'overlay_lines'] as const),
    ...(['detail_lines', 'line_cap_bytes', 'per_worker_bytes'] as const),
  ];
  for (const key of sizes) checkPositive(`${label}.${key}`, hive[key], report);
  if (hive.detail_lines >= 1 && hive.detail_lines < hive.overlay_lines) {
    const paths = [`${label}.detail_lines`, `${label}.overlay_lines`] as const;
    report.error('COH3104', paths, `${label}.detail_lines must be >= overlay_lines`);
  }
  atMost(report, 'COH3105', `${label}.line_cap_bytes`, hive.line_cap_bytes, limit.MAX_HIVE_LINE_BYTES);
  if (hive.per_worker_bytes >= 1 && hive.per_worker_bytes < hive.line_cap_bytes) {
    const paths = [`${label}.per_worker_bytes`, `${label}.line_cap_bytes`] as const;
    report.error('COH3106', paths, `${label}.per_worker_bytes must be >= line_cap_bytes`);
  }
}

export function checkNamespaceRoots({ swarmui }: Manifest, report: Report): void {
  if (swarmui.paths.namespace_roots.length > 0) return;
  const path = 'swarmui.paths.namespace_roots';
  report.error('COH3107', path, `${path} must not be empty`);
}

function checkPositive(path: string, value: number | bigint, report: Report): void {
  if (value < 1) report.error('COH3101', path, `${path} must be > 0`);
}
