// SPDX-License-Identifier: Apache-2.0
/**
 * The regression scripts, and what it takes to run them on a node that others have used before. Tests run the same ones on
 * the mock here, and on the booted image over tcp and 9p in test/boot/cohsh.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const SCRIPTS_DIR = join(import.meta.dirname, 'scripts');

export interface RegressionScript {
  name: string;
  file: string;
  text: string;
  /** Workers that it spawns: the numbers after those are free. */
  workers: number;
  /** It expects a log that has not grown beyond one frame. */
  freshLog: boolean;
}

/** All scripts, by name. */
export function regressionScripts(): RegressionScript[] {
  const files = readdirSync(SCRIPTS_DIR).filter((file) => file.endsWith('.coh'));
  return files.sort().map((file) => {
    const text = readFileSync(join(SCRIPTS_DIR, file), 'utf8');
    const workers = text.split('\n').filter((line) => line.startsWith('spawn ')).length;
    return { name: file.replace(/\.coh$/, ''), file, text, workers, freshLog: file === 'telemetry_ring.coh' };
  });
}

/** Shard of a worker with 8 shard bits. */
export function shardLabel(worker: string): string {
  return createHash('sha256').update(worker).digest('hex').slice(0, 2);
}

/**
 * The script for a node on which `workersBefore` workers were spawned: worker-1 becomes the first free one, with its shard. Devices
 * get `tag` behind their name, so that their segments count from 1 again.
 */
export function rebase(text: string, workersBefore: number, tag = ''): string {
  const devices = tag === '' ? text : text.replace(/\b(push|spool)-1\b/g, `$1-1-${tag}`);
  return devices
    .replace(/\/shard\/[0-9a-f]{2}\/worker\/worker-(\d+)/g, (_all, number: string) => {
      const worker = `worker-${Number(number) + workersBefore}`;
      return `/shard/${shardLabel(worker)}/worker/@${worker}`;
    })
    .replace(/\/shard\/([0-9a-f]{2})\/worker\nEXPECT/g, (all, label: string) => {
      const number = [1, 2, 3].find((n) => shardLabel(`worker-${n}`) === label);
      return number === undefined ? all : `/shard/${shardLabel(`worker-${number + workersBefore}`)}/worker\nEXPECT`;
    })
    .replace(/(@?)worker-(\d+)/g, (_all, done: string, number: string) =>
      done === '@' ? `worker-${number}` : `worker-${Number(number) + workersBefore}`,
    );
}
