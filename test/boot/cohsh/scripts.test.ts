// SPDX-License-Identifier: Apache-2.0
/**
 * The regression scripts of the conformance tests, the very same files, on the booted image: over its TCP console and over Secure9P.
 * Those that count workers or devices from one have a node of their own.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../support/build.ts';
import {
  attachQueen,
  BUILD_TIMEOUT_MS,
  cohsh,
  cohshImage,
  flagsTo,
  type NetworkTransport,
  RUN_TIMEOUT_MS,
  TRANSPORTS,
  withNode,
} from './cohsh.ts';

const FOLDER = join(ROOT, 'test/conformance/cohsh/scripts');

/** In the order of the regression batch: what runs on one node. */
const BATCHES: readonly (readonly string[])[] = [
  [
    'boot_v0',
    '9p_batch',
    'observe_watch',
    'root_cut_basic',
    'session_lifecycle',
    'busy_backpressure',
    'tcp_basic',
    'session_pool',
    'telemetry_push_create',
    'lifecycle_basic',
    'lifecycle_drain_spool',
    'lifecycle_reboot_resume',
  ],
  ['telemetry_ring'],
  ['shard_1k'],
];

/** The script as it is, but where there must be a ticket: Secure9P over TCP lets nobody in without one. */
function scriptFor(name: string, transport: NetworkTransport): string {
  const text = readFileSync(join(FOLDER, `${name}.coh`), 'utf8');
  const folder = join(ROOT, 'out/test/cohsh-scripts', transport);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.coh`);
  writeFileSync(
    file,
    text.replaceAll(/^attach queen$/gm, () => attachQueen(transport)),
    { mode: 0o600 },
  );
  return file;
}

beforeAll(() => cohshImage(), BUILD_TIMEOUT_MS);

it('all scripts are run', () => {
  const files = readdirSync(FOLDER).flatMap((file) => (file.endsWith('.coh') ? [file.slice(0, -4)] : []));
  expect(BATCHES.flat().sort()).toEqual(files.sort());
});

describe.each(TRANSPORTS)('over %s', (transport) => {
  it.each(BATCHES.map((scripts) => ({ scripts, first: scripts[0] ?? '' })))(
    '$first and what follows it',
    async ({ scripts, first }) => {
      await withNode(`scripts/${transport}/${first}`, async ({ ports }) => {
        const flags = flagsTo(transport, ports);
        for (const name of scripts) {
          const { code, err } = await cohsh([...flags, '--script', scriptFor(name, transport)]);
          const failure = code === 0 ? '' : err;
          expect({ name, code, failure }).toEqual({ name, code: 0, failure: '' });
        }
      });
    },
    RUN_TIMEOUT_MS,
  );
});
