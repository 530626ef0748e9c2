// SPDX-License-Identifier: Apache-2.0
/** A session that an existing client recorded: our replies to its requests are the recorded ones, byte for byte. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule, ROOT } from '../../unit/ninedoor/build.ts';
import { Client } from '../../unit/ninedoor/client.ts';
import { Machine } from '../../unit/ninedoor/machine.ts';

const PATH = join(ROOT, '../shared/spec/fixtures/trace_v0.trace');
const present = existsSync(PATH);
if (!present) console.warn(`skipped: the recorded session ${PATH} is not here`);

interface Exchange {
  request: Buffer;
  response: Buffer;
}

/** Magic, version, counts, exchanges, acks, SHA-256 of all before it. */
function readTrace(file: Buffer): Exchange[] {
  expect(file.subarray(0, 10).toString('latin1')).toBe('COHTRACE\u0001\u0000');
  const body = file.subarray(0, -32);
  expect(createHash('sha256').update(body).digest()).toEqual(Buffer.from(file.subarray(-32)));
  let at = 18;
  const next = (): Buffer => {
    const length = file.readUInt32LE(at);
    at += 4 + length;
    return file.subarray(at - length, at);
  };
  return Array.from({ length: file.readUInt32LE(10) }, () => ({ request: next(), response: next() }));
}

describe.skipIf(!present)('recorded session', () => {
  let module: WebAssembly.Module;
  beforeAll(async () => {
    module = await nineDoorModule();
  });

  it('is answered as it was', () => {
    const machine = new Machine(module);
    const queen = new Client(machine).attach();
    queen.write('/queen/ctl', '{"spawn":"heartbeat","ticks":100}');
    queen.write('/worker/worker-1/telemetry', 'tick 1\n');
    queen.write('/worker/worker-1/telemetry', 'tick 2\n');
    const session = machine.open();
    const exchanges = readTrace(readFileSync(PATH));
    expect(exchanges).toHaveLength(11);
    for (const { request, response } of exchanges) {
      expect(machine.serve(session, request).toString('hex')).toBe(response.toString('hex'));
    }
  });
});
