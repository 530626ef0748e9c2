// SPDX-License-Identifier: Apache-2.0
/**
 * Scripts of a node speak of `worker-1`, the first that a fresh node spawns. On a node that has had workers the one that was just
 * spawned has another number, and lies in another shard: lines are rewritten to it.
 */
import { createHash } from 'node:crypto';
import type { Transport } from '../client/index.ts';

/** Shard of a worker with 8 shard bits, which the scripts assume. */
function shardOf(worker: string): string {
  return createHash('sha256').update(worker).digest('hex').slice(0, 2);
}

/** Rewrites a line that speaks of `first` to `worker`. */
export function renameWorker(line: string, first: string, worker: string): string {
  const escaped = first.replace(/[^\w]/g, '\\$&');
  return line
    .replaceAll(`/shard/${shardOf(first)}/worker/${first}/`, `/shard/${shardOf(worker)}/worker/${worker}/`)
    .replace(new RegExp(`\\b${escaped}\\b(?!\\d)`, 'g'), worker);
}

/** The worker with the highest number. */
export async function newestWorker(transport: Transport, signal: AbortSignal): Promise<string | undefined> {
  const { ack, lines } = await transport.ls('/worker', { signal });
  if (!ack.ok) return undefined;
  const numbers = lines.flatMap((name) => /^worker-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return numbers.length === 0 ? undefined : `worker-${Math.max(...numbers)}`;
}
