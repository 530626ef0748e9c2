// SPDX-License-Identifier: Apache-2.0
/**
 * Directory names of sidecar adapters. An adapter gets the name that its manifest entry asks for, unless that is a name
 * of the tree's own or another adapter's; then a prefix made from kind, id and mount tells it apart.
 */
import { createHash } from 'node:crypto';
import type { Manifest } from './schema/manifest.ts';

const RESERVED_NAMES = [
  ...['proc', 'log', 'queen', 'worker', 'shard', 'gpu', 'host', 'policy', 'actions', 'audit', 'replay', 'updates'],
  ...['models', 'trace', 'kmesg', 'bus', 'lora'],
];

export type SidecarKind = 'modbus' | 'dnp3' | 'lora';

export interface EnabledAdapter {
  kind: SidecarKind;
  adapter: { id: string; mount: string; scope: string };
  /** Key path of the adapter in the manifest. */
  path: string;
}

export function enabledAdapters({ sidecars }: Manifest): EnabledAdapter[] {
  return (['modbus', 'dnp3', 'lora'] as const).flatMap((kind) => {
    const sidecar = sidecars[kind];
    if (!sidecar.enable) return [];
    return sidecar.adapters.map((adapter, index) => ({ kind, adapter, path: `sidecars.${kind}.adapters[${index}]` }));
  });
}

/** Every enabled adapter with its directory name; without one when even the prefixed name is taken. */
export function resolveMounts(manifest: Manifest): (EnabledAdapter & { label: string | undefined })[] {
  const taken = new Set(RESERVED_NAMES);
  return enabledAdapters(manifest).map((entry) => {
    const { id, mount } = entry.adapter;
    const digest = createHash('sha256').update(`${entry.kind}:${id}:${mount}`).digest('hex');
    const label = [mount, `${digest.slice(0, 8)}-${mount}`].find((name) => !taken.has(name));
    if (label !== undefined) taken.add(label);
    return { ...entry, label };
  });
}
