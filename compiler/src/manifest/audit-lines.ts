// SPDX-License-Identifier: Apache-2.0
/** The lines with which the root task tells at boot what it was built from; their hash is part of the interface. */
import type { Manifest } from './schema/manifest.ts';

export function shardCount(sharding: Manifest['sharding']): number {
  return sharding.enabled ? 2 ** sharding.shard_bits : 1;
}

/** What the event pump waits for, in its order. */
export function eventPumpSources(features: Manifest['features']): string[] {
  return [
    ...(features.serial_console ? ['serial'] : []),
    'timer',
    'ipc',
    ...(features.net_console ? ['net-console'] : []),
    'ninedoor',
  ];
}

export function auditLines(manifest: Manifest, manifestSha256: string): string[] {
  const { secure9p, sharding, telemetry, cache } = manifest;
  return [
    `manifest.schema=${manifest.root_task.schema}`,
    `manifest.profile=${manifest.profile.name}`,
    `manifest.sha256=${manifestSha256}`,
    `manifest.tickets=${manifest.tickets.length}`,
    `manifest.namespaces=${manifest.namespaces.mounts.length} role_isolation=${manifest.namespaces.role_isolation}`,
    `manifest.secure9p.msize=${secure9p.msize}`,
    `manifest.secure9p.walk_depth=${secure9p.walk_depth}`,
    `manifest.secure9p.tags_per_session=${secure9p.tags_per_session}`,
    `manifest.secure9p.batch_frames=${secure9p.batch_frames}`,
    `manifest.secure9p.short_write.policy=${secure9p.short_write.policy}`,
    `manifest.sharding.enabled=${sharding.enabled}`,
    `manifest.sharding.shard_bits=${sharding.shard_bits}`,
    `manifest.sharding.legacy_worker_alias=${sharding.legacy_worker_alias}`,
    `manifest.sharding.shard_count=${shardCount(sharding)}`,
    `telemetry.ring_bytes_per_worker=${telemetry.ring_bytes_per_worker}`,
    `telemetry.frame_schema=${telemetry.frame_schema}`,
    `telemetry.cursor.retain_on_boot=${telemetry.cursor.retain_on_boot}`,
    `manifest.cache.kernel_ops=${cache.kernel_ops}`,
    `manifest.cache.dma_clean=${cache.dma_clean}`,
    `manifest.cache.dma_invalidate=${cache.dma_invalidate}`,
    `manifest.cache.unify_instructions=${cache.unify_instructions}`,
    `manifest.features.net_console=${manifest.features.net_console}`,
    `event_pump.fds=${eventPumpSources(manifest.features).join(',')}`,
  ];
}
