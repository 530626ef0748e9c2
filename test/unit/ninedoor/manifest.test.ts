// SPDX-License-Identifier: Apache-2.0
/** The manifest decides: a component of another manifest has other files, sizes and rules. */
import { beforeAll, describe, expect, it } from 'vitest';
import { buildNineDoor } from './build.ts';
import { Client } from './client.ts';
import { frame, splitReplies, u16, u32 } from './frames.ts';
import { Machine } from './machine.ts';
import { KEYS, mint } from './tickets.ts';

const CHANGES: Record<string, string> = {
  OBSERVABILITY_PROC_9P_SHORT_WRITES: 'false',
  OBSERVABILITY_PROC_INGEST_WATCH: 'false',
  OBSERVABILITY_PROC_ROOT_CUT_REASON: 'false',
  OBSERVABILITY_PROC_PRESSURE_CUT: 'false',
  UI_PROVIDERS_PROC_9P_OUTSTANDING: 'false',
  SHARDING_ENABLED: 'false',
  TELEMETRY_FRAME_SCHEMA: '"cbor-v1"',
  TELEMETRY_RING_BYTES_PER_WORKER: '2048',
  TELEMETRY_INGEST_EVICTION_POLICY: '"refuse"',
  TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE: '40000',
  SECURE9P_BATCH_FRAMES: '4',
  LIFECYCLE_INITIAL_STATE: '"DEGRADED"',
};

describe('another manifest', () => {
  let client: Client;
  beforeAll(async () => {
    const { wasm } = await buildNineDoor({ constants: CHANGES });
    client = new Client(new Machine(new WebAssembly.Module(wasm))).attach();
    client.write('/queen/ctl', '{"spawn":"heartbeat","ticks":1}');
  });

  it('has other files', () => {
    expect(client.list('/')).not.toContain('shard');
    expect(client.list('/worker')).toEqual(['worker-1']);
    expect(client.list('/proc/9p')).not.toContain('short_writes');
    expect(client.list('/proc/ingest')).not.toContain('watch');
    expect(client.list('/proc/root')).toEqual(['last_seen_ms', 'reachable']);
    expect(client.list('/proc/pressure')).toEqual(['busy', 'policy', 'quota']);
  });

  it('switches UI providers off', () => {
    expect(client.refusal((c) => c.walk('/proc/9p/outstanding.cbor'))).toBe(
      'NotFound ui provider proc/9p/outstanding disabled',
    );
    expect(client.read('/log/queen.log').split('\n').at(-2)).toBe(
      'ui-provider outcome=deny reason=disabled provider=proc/9p/outstanding variant=cbor role=queen ticket=none path=/proc/9p/outstanding.cbor',
    );
  });

  it('starts elsewhere', () => {
    expect(client.read('/proc/lifecycle/state')).toBe('state=DEGRADED');
    expect(client.read('/proc/lifecycle/reason')).toBe('reason=manifest');
  });

  it('has other rings and frames', () => {
    expect(client.refusal((c) => c.write('/worker/worker-1/telemetry', Buffer.alloc(2049)))).toBe(
      'TooBig telemetry frame exceeds ring quota: 2049 > 2048',
    );
  });

  const head = 'a666736368656d617274656c656d657472792d6672616d652f763169776f726b65725f696468776f726b65722d31';
  const tail = '64726f6c6570776f726b65722d686561727462656174637365710' + '16a656d69747465645f6d7301677061796c6f6164a0';
  const frames: [string, string, string][] = [
    ['a record', head + tail, 'no refusal'],
    ['text', '7469636b', 'Invalid invalid telemetry frame: expected a map at byte 0'],
    ['nothing', '', 'Invalid invalid telemetry frame: truncated at byte 0'],
    ['half a record', head, 'Invalid invalid telemetry frame: truncated at byte 46'],
    [
      'two records',
      head + tail + head + tail,
      'Invalid invalid telemetry frame: unexpected bytes after the value at byte 94',
    ],
    ['an empty map', 'a0', 'Invalid invalid telemetry frame: missing field schema at byte 1'],
  ];
  it.each(frames)('takes records in CBOR only: %s', (_name, hex, text) => {
    const path = '/worker/worker-1/telemetry';
    const before = client.getattr(path).size;
    expect(client.refusal((c) => c.write(path, Buffer.from(hex, 'hex')))).toBe(text);
    expect(client.getattr(path).size - before).toBe(text === 'no refusal' ? BigInt(hex.length / 2) : 0n);
  });

  it('refuses rather than evicts', () => {
    const ctl = '/queen/telemetry/d/ctl';
    const add = (): string => client.refusal((c) => c.write(ctl, '{"new":"segment"}'));
    expect(client.refusal((c) => c.write(ctl, '{"new":"segment"}\n'.repeat(5)))).toBe(
      'TooBig telemetry segment quota exceeded',
    );
    expect(client.list('/queen/telemetry/d/seg')).toEqual([]);
    expect([add(), add(), add(), add(), add()]).toEqual([
      ...Array<string>(4).fill('no refusal'),
      'TooBig telemetry segment quota exceeded',
    ]);
    for (let i = 0; i < 9; i++) client.write(`/queen/telemetry/d/seg/seg-00000${1 + (i & 1)}`, 'x'.repeat(4096));
    expect(client.refusal((c) => c.write('/queen/telemetry/d/seg/seg-000001', 'x'.repeat(4096)))).toBe(
      'TooBig telemetry total byte quota exceeded',
    );
  });

  it('takes batches, answered in order', () => {
    const walk = (tag: number, fid: number): Buffer => frame(110, tag, u32(0), u32(fid), u16(0));
    const send = (...frames: Buffer[]): [number, string][] => {
      const replies = client.machine.serve(client.session, Buffer.concat(frames), 4 * 8192);
      return splitReplies(replies).map(({ type, tag, body }) => [
        tag,
        type === 107 ? `${body.text()} ${body.text()}` : 'ok',
      ]);
    };
    expect(send(walk(1, 900), walk(2, 901), frame(120, 3, u32(900)))).toEqual([
      [1, 'ok'],
      [2, 'ok'],
      [3, 'ok'],
    ]);
    expect(send(walk(7, 910), walk(7, 911))).toEqual([
      [7, 'ok'],
      [7, 'Invalid tag already in use'],
    ]);
    expect(send(...[1, 2, 3, 4, 5].map((tag) => walk(tag, 920 + tag)))).toEqual(
      [1, 2, 3, 4, 5].map((tag) => [tag, 'Busy queue depth exceeded']),
    );
    const short = splitReplies(client.machine.serve(client.session, Buffer.concat([walk(1, 930), walk(2, 931)]), 8195));
    expect(short.map(({ type }) => type)).toEqual([111, 107]);
  });
});

describe('a strict manifest', () => {
  it('lets no queen in without a ticket', async () => {
    const { wasm } = await buildNineDoor({ constants: { AUTH_QUEEN_TICKET: '"required"' } });
    const machine = new Machine(new WebAssembly.Module(wasm), { keys: KEYS });
    expect(new Client(machine).refusal((c) => c.attach())).toBe('Permission ticket required for queen attach');
    const client = new Client(machine).attach('queen', mint({ role: 0 }));
    expect(client.read('/proc/root/cut_reason')).toBe('cut_reason=none\n');
  });
});

describe('a small device', () => {
  it('evicts other segments than the one that is written', async () => {
    const changes = { TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE: '40000' };
    const { wasm } = await buildNineDoor({ constants: changes });
    const client = new Client(new Machine(new WebAssembly.Module(wasm))).attach();
    const segment = (number: number): string => `/queen/telemetry/d/seg/seg-00000${number}`;
    client.write('/queen/telemetry/d/ctl', '{"new":"segment"}\n{"new":"segment"}');
    client.write(segment(1), '1'.repeat(4096));
    for (let i = 0; i < 8; i++) client.write(segment(2), '2'.repeat(4096));
    client.write(segment(1), '1'.repeat(4096));
    expect(client.list('/queen/telemetry/d/seg')).toEqual(['seg-000001']);
    expect(client.read(segment(1))).toBe('1'.repeat(8192));
  });

  it('evicts nothing for a record that would not fit all the same', async () => {
    const changes = { TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE: '8192' };
    const { wasm } = await buildNineDoor({ constants: changes });
    const client = new Client(new Machine(new WebAssembly.Module(wasm))).attach();
    const segment = (number: number): string => `/queen/telemetry/d/seg/seg-00000${number}`;
    client.write('/queen/telemetry/d/ctl', '{"new":"segment"}\n{"new":"segment"}');
    client.write(segment(1), '1'.repeat(100));
    client.write(segment(2), '2'.repeat(4096));
    client.write(segment(2), '2'.repeat(3996));
    expect(client.refusal((c) => c.write(segment(2), '2'.repeat(101)))).toBe(
      'TooBig telemetry segment size quota exceeded',
    );
    expect(client.list('/queen/telemetry/d/seg')).toEqual(['seg-000001', 'seg-000002']);
  });
});
