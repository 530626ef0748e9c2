// SPDX-License-Identifier: Apache-2.0
/** Refusals that need another manifest, or that the tests of their own subjects leave out. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client, eventsOf } from './client.ts';
import { frame, NO_FID, splitReplies, u16, u32, u64, u8 } from './frames.ts';
import { Machine } from './machine.ts';
import { KEYS, mint } from './tickets.ts';

const TIGHT = {
  LIFECYCLE_INITIAL_STATE: '"OFFLINE"',
  OBSERVABILITY_PROC_9P_SESSIONS_BYTES: 100,
  OBSERVABILITY_PROC_9P_OUTSTANDING_BYTES: 10,
  OBSERVABILITY_PROC_9P_SHORT_WRITES_BYTES: 10,
  SECURE9P_BATCH_FRAMES: 4,
  SECURE9P_TAGS_PER_SESSION: 2,
  TELEMETRY_RING_BYTES_PER_WORKER: 4096,
  TELEMETRY_CURSOR_RETAIN_ON_BOOT: 'true',
  TELEMETRY_INGEST_MAX_REFERENCE_ENTRIES_PER_SEGMENT: 2,
  TELEMETRY_INGEST_MAX_REFERENCE_MANIFEST_BYTES: 160,
};

let usual: WebAssembly.Module;
let tight: WebAssembly.Module;
let silent: WebAssembly.Module;
beforeAll(async () => {
  usual = await nineDoorModule();
  tight = await nineDoorModule({ constants: TIGHT });
  silent = await nineDoorModule({ constants: { TELEMETRY_INGEST_MAX_SEGMENTS_PER_DEVICE: 0 } });
}, 300_000);

const queen = (module: WebAssembly.Module): Client => new Client(new Machine(module, { keys: KEYS })).attach();
const lastEvent = (client: Client): string | undefined => eventsOf(client.read('/log/queen.log')).at(-1);

describe('with the default manifest', () => {
  const long = `/${'x'.repeat(256)}`;
  const ctl = (line: string) => (c: Client) => c.write('/queen/ctl', line);
  const bind = (from: string, to: string): ((c: Client) => unknown) => ctl(JSON.stringify({ bind: { from, to } }));
  const table: [string, (client: Client) => unknown, string][] = [
    ['opening twice', (c) => c.call(112, u32(c.open('/proc/boot')), u8(0)), 'Invalid fid 2 is already open'],
    [
      'attaching as somebody else',
      (c) => {
        c.write('/queen/ctl', '{"spawn":"heartbeat","ticks":1}');
        return c.call(
          104,
          ...[u32(9), u32(NO_FID), 'worker-heartbeat', mint({ role: 1, subject: 'worker-1' }), u32(0)],
        );
      },
      'Invalid session is attached in another role',
    ],
    ['an authentication fid', (c) => c.call(104, u32(9), u32(3), 'queen', '', u32(0)), 'NotFound fid 3 not found'],
    ['a message that ends early', (c) => c.call(116, u32(0)), 'Invalid truncated frame'],
    ['a long bound path', bind(long, '/x'), 'TooBig path exceeds 256 bytes'],
    ['a long place of a bind', bind('/log', long), 'TooBig path exceeds 256 bytes'],
    ['a deep bind', bind('/log', '/a/b/c/d/e/f/g/h/i'), "Invalid path '/a/b/c/d/e/f/g/h/i' exceeds the walk depth"],
    ['a bind without a path', bind('', '/x'), "Invalid path '' must be absolute"],
    ['a bind with an empty name', bind('/log', '/a//b'), "Invalid path '/a//b' contains empty component"],
    [
      'a mount with ..',
      ctl('{"mount":{"service":"logs","at":"/a/.."}}'),
      "Invalid path '/a/..' contains traversal component",
    ],
    [
      'a lease for a heartbeat worker',
      ctl('{"spawn":"heartbeat","ticks":1,"lease":{"gpu_id":"G","mem_mb":1,"streams":1,"ttl_s":1}}'),
      'Invalid invalid queen command: heartbeat spawn takes no lease',
    ],
    [
      'an oversize read of a file for user interfaces',
      (c) => c.readAt(c.open('/proc/ingest/p50_ms.cbor'), 0n, 8193),
      'TooBig ui provider proc/ingest/p50_ms read exceeds 8192 bytes',
    ],
    [
      'an empty mime',
      (c) => c.write('/queen/telemetry/d/ctl', '{"new":"segment","mime":""}'),
      'Invalid telemetry ctl mime is invalid',
    ],
    [
      'a segment that is not there',
      (c) => c.walk('/queen/telemetry/d/seg/seg-000001'),
      'NotFound path /queen/telemetry/d/seg/seg-000001 not found',
    ],
    [
      'a long name of a device',
      (c) => c.walk(`/queen/telemetry/${'d'.repeat(65)}`),
      `NotFound path /queen/telemetry/${'d'.repeat(65)} not found`,
    ],
  ];
  it.each(table)('refuses %s', (_name, action, text) => {
    const client = queen(usual);
    expect(client.refusal(action)).toBe(text);
    expect(client.read('/proc/lifecycle/state'), 'the session goes on').toBe('state=ONLINE');
  });

  it('names the provider and the size of an oversize read in the log', () => {
    const client = queen(usual);
    client.refusal((c) => c.readAt(c.open('/proc/9p/outstanding.cbor'), 0n, 9000));
    expect(lastEvent(client)).toBe(
      'ui-provider outcome=deny reason=oversize-read provider=proc/9p/outstanding variant=cbor role=queen ticket=none path=/proc/9p/outstanding.cbor count=9000',
    );
  });

  it('what the root task refuses of binds and mounts', () => {
    const client = queen(usual);
    client.machine.refuseBind = 7;
    expect(client.refusal(bind('/log', '/x'))).toBe('Busy root task refused the bind');
    expect(client.refusal(ctl('{"mount":{"service":"logs","at":"/x"}}'))).toBe('Busy root task refused the mount');
    expect(client.list('/')).not.toContain('x');
  });

  it('a classic client that jumps in a directory, or asks for too little', () => {
    const client = new Client(new Machine(usual), 'classic').attach();
    const fid = client.open('/proc');
    expect(client.refusal((c) => c.readAt(fid, 5n))).toBe('Invalid: directory offset is not where the last read ended');
    expect(client.refusal((c) => c.readAt(fid, 0n, 20))).toBe('Invalid: read count too small for an entry');
    expect(client.readAt(fid, 0n).length).toBeGreaterThan(0);
  });

  it('a classic client fills the rest of its buffer with small reads and loses no entry', () => {
    const client = new Client(new Machine(usual), 'classic').attach();
    const fid = client.open('/shard');
    const listed = new Set<string>();
    const note = (bytes: Buffer): void => {
      for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16LE(at)) {
        listed.add(bytes.toString('utf8', at + 43, at + 43 + bytes.readUInt16LE(at + 41)));
      }
    };
    let offset = 0n;
    for (let wanted = 1000; ;) {
      const part = client.readAt(fid, offset, wanted);
      note(part);
      offset += BigInt(part.length);
      if (part.length === 0 && wanted === 1000) break;
      // What Linux does: the next read asks for what the buffer has left.
      wanted = part.length === 0 ? 1000 : wanted - part.length;
      if (wanted === 0) wanted = 1000;
    }
    expect(listed.size).toBe(256);
  });
});

describe('with a tight manifest', () => {
  it('texts that grew beyond their limits', () => {
    const client = queen(tight);
    const table: [string, number][] = [
      ['sessions', 100],
      ['sessions.cbor', 100],
      ['outstanding', 10],
      ['outstanding.cbor', 10],
      ['short_writes', 10],
      ['short_writes.cbor', 10],
    ];
    for (const [name, most] of table) {
      const label = `proc/9p/${name.replace('.cbor', '')}`;
      expect(
        client.refusal((c) => c.read(`/proc/9p/${name}`)),
        name,
      ).toBe(`TooBig ${label} output exceeds ${most} bytes`);
    }
  });

  it('tags beyond the window, and frames without room for a reply', () => {
    const client = queen(tight);
    const walk = (tag: number): Buffer => frame(110, tag, u32(0), u32(50 + tag), u16(0));
    const answers = (capacity: number, ...frames: Buffer[]): string[] =>
      splitReplies(client.machine.serve(client.session, Buffer.concat(frames), capacity)).map(({ type, body }) =>
        type === 107 ? `${body.text()} ${body.text()}` : 'ok',
      );
    expect(answers(4 * 8192, walk(1), walk(2), walk(3))).toEqual(['ok', 'ok', 'Busy tag window exceeded']);
    expect(answers(8192 + 3, walk(4), walk(5))).toEqual(['ok', 'Busy no room for the reply']);
  });

  it('a node that is offline is out of reach, and nothing works there', () => {
    const client = queen(tight);
    expect(client.read('/proc/root/reachable')).toBe('reachable=no\n');
    expect(client.read('/proc/root/cut_reason')).toBe('cut_reason=lifecycle_offline\n');
    const gated: [string, string, string][] = [
      ['/queen/ctl', '{"spawn":"heartbeat","ticks":1}', 'new-work'],
      ['/queen/ctl', '{"mount":{"service":"logs","at":"/x"}}', 'new-work'],
      ['/queen/telemetry/d/ctl', '{"new":"segment"}', 'telemetry-ingest'],
    ];
    for (const [path, text, gate] of gated) {
      expect(client.refusal((c) => c.write(path, text))).toBe('Permission EPERM');
      expect(lastEvent(client)).toBe(`lifecycle denied action=${gate} state=OFFLINE reason=gate-denied`);
    }
    expect(client.refusal((c) => c.write('/queen/ctl', '{"budget":{}}'))).toBe('no refusal');
    client.write('/queen/lifecycle/ctl', 'resume');
    expect(client.read('/proc/root/reachable')).toBe('reachable=yes\n');
  });

  it('says that rings are not retained where the manifest asks for it', () => {
    const line = 'telemetry retain_on_boot=true ignored: rings end with the server';
    expect(queen(tight).read('/log/queen.log').split('\n')).toContain(line);
    expect(queen(usual).read('/log/queen.log')).not.toContain('retain_on_boot=true');
  });

  it('a reader of telemetry that goes back too far', () => {
    const client = queen(tight);
    client.write('/queen/lifecycle/ctl', 'resume');
    client.write('/queen/ctl', '{"spawn":"heartbeat","ticks":1}');
    client.write('/worker/worker-1/telemetry', 'x'.repeat(3000));
    const fid = client.open('/worker/worker-1/telemetry');
    expect(client.readAt(fid, 0n)).toHaveLength(3000);
    const text = 'telemetry cursor rewind exceeded requested=1975 last=3000 rewind_to=0';
    expect(client.refusal((c) => c.readAt(fid, 1975n))).toBe(`Invalid ${text}`);
    expect(lastEvent(client)).toBe(`${text} retain_on_boot=true`);
    expect(client.readAt(fid, 1976n)).toHaveLength(1024);
  });

  it('references beyond what a segment may hold', () => {
    const client = queen(tight);
    client.write('/queen/lifecycle/ctl', 'resume');
    client.write('/queen/telemetry/d/ctl', '{"new":"segment"}\n{"new":"segment"}');
    const reference = (seq: number, digest = 'a'): string =>
      `{"schema":"coh-ref-c/v1","seq":${seq},"off":${seq - 1},"len":1,"sha256":"${digest}"}\n`;
    const push = (segment: number, text: string): string =>
      client.refusal((c) => c.write(`/queen/telemetry/d/seg/seg-00000${segment}`, text));
    expect(push(1, reference(1) + reference(2))).toBe('no refusal');
    expect(push(1, reference(3))).toBe('TooBig reference entries exceed max_reference_entries_per_segment 2');
    expect(push(2, reference(1, 'a'.repeat(64)) + reference(2, 'b'.repeat(64)))).toBe(
      'TooBig reference manifest exceeds max_reference_manifest_bytes 160',
    );
    expect(client.read('/queen/telemetry/d/seg/seg-000002')).toBe('');
  });
});

it('without a quota there is no telemetry from hosts', () => {
  const client = queen(silent);
  expect(client.list('/queen')).toEqual(['ctl', 'export', 'lease', 'lifecycle', 'schedule']);
  expect(client.refusal((c) => c.walk('/queen/telemetry/d'))).toBe('NotFound path /queen/telemetry/d not found');
});

describe('a session that its queen’s ticket ended', () => {
  it('is closed, and says why, whatever it asks', () => {
    const machine = new Machine(usual, { keys: KEYS });
    const token = mint({ role: 0, ttl_s: 10n, issued_at_ms: 1_700_000_000_000n });
    const client = new Client(machine).attach('queen', token);
    const fid = client.open('/proc/boot');
    machine.now_ms += 10_000n;
    const refused = 'Closed ticket ttl expired';
    const requests: ((c: Client) => unknown)[] = [
      (c) => c.walk('/proc'),
      (c) => c.readAt(fid, 0n),
      (c) => c.call(112, u32(0), u8(0)),
      (c) => c.writeAt(fid, 0n, 'x'),
      (c) => c.clunk(fid),
      (c) => c.call(104, u32(9), u32(NO_FID), 'queen', token, u32(0)),
    ];
    for (const request of requests) expect(client.refusal(request)).toBe(refused);
    const other = new Client(machine, 'linux').attach();
    expect(other.read(`/proc/9p/session/${client.session}/state`)).toBe('state=CLOSED\n');
    expect(client.refusal((c) => c.call(24, u32(0), u64(0x7ffn)))).toBe('errno 32');
  });
});
