// SPDX-License-Identifier: Apache-2.0
/**
 * A grammar-aware generator of 9P requests: mostly well-formed frames with plausible fields, some with fields that are
 * wrong, some damaged. The same seed gives the same frames.
 */
import { frame, NO_FID, NO_TAG, u16, u32, u64, u8, type Field } from './frames.ts';
import { mint } from './tickets.ts';

/** mulberry32: small, fast, full period. */
export class Random {
  constructor(private state: number) {}
  next(): number {
    this.state = (this.state + 0x6d2b_79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
  below(limit: number): number {
    return this.next() % limit;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const PATHS = [
  'proc/boot',
  'proc/lifecycle/state',
  'proc/lifecycle/since',
  'proc/9p/sessions',
  'proc/9p/sessions.cbor',
  'proc/9p/session/active',
  'proc/9p/session/1/owner',
  'proc/ingest/watch',
  'proc/ingest/p95_ms.cbor',
  'proc/root/cut_reason',
  'proc/pressure/policy',
  'proc/tests/selftest_full.coh',
  'proc/worker-1/trace',
  'proc/limits',
  'gpu/GPU-0/ctl',
  'gpu/GPU-0/lease',
  'gpu/GPU-0/status',
  'gpu/GPU-0/info',
  'gpu',
  'log/queen.log',
  'queen/ctl',
  'queen/lifecycle/ctl',
  'queen/telemetry/dev-1/ctl',
  'queen/telemetry/dev-1/latest',
  'queen/telemetry/dev-2/seg/seg-000001',
  'trace/ctl',
  'trace/events',
  'kmesg',
  'worker/worker-1/telemetry',
  'worker/worker-2/telemetry',
  'shard/13/worker/worker-1/telemetry',
  'shard/1c/worker',
  'shadow/queen.log',
  'proc',
  'shard',
  'worker',
  'queen/telemetry',
] as const;

const QUOTAS = { bandwidth: 60_000n, resumes: 3, advances: 20 };
/** Who a client says it is: mostly the queen without a ticket. */
const IDENTITIES: readonly (readonly [string, string])[] = [
  ...Array<readonly [string, string]>(10).fill(['queen', '']),
  [
    'queen',
    mint({
      role: 0,
      scopes: [
        { path: '/queen', verb: 2, rate: 9 },
        { path: '/worker', verb: 0, rate: 0 },
      ],
    }),
  ],
  ['', mint({ role: 0, ops: 200n, quotas: QUOTAS })],
  ['worker-heartbeat:worker-1', mint({ role: 1, subject: 'worker-1', ticks: 5n })],
  ['worker-heartbeat', mint({ role: 1, subject: 'worker-2', quotas: QUOTAS })],
  ['worker-gpu', mint({ role: 2, subject: 'worker-3' })],
  ['worker-bus', mint({ role: 3, subject: 'modbus-main' })],
];

const VERSIONS = { compact: '9P2000.L', linux: '9P2000.L', classic: '9P2000' } as const;

const NAMES = ['', '.', '..', 'a/b', 'nul\0', 'x'.repeat(255), 'x'.repeat(256), 'nope', 'é', 'worker-0', '00', 'ff'];

const LINES = [
  '{"spawn":"heartbeat","ticks":100}',
  '{"spawn":"heartbeat","ticks":2,"budget":{"ttl_s":1,"ops":3}}',
  '{"spawn":"gpu","lease":{"gpu_id":"GPU-0","mem_mb":1,"streams":1,"ttl_s":1}}',
  '{"kill":"worker-1"}',
  '{"kill":"worker-2"}',
  '{"budget":{"ttl_s":5}}',
  '{"bind":{"from":"/log","to":"/shadow"}}',
  '{"bind":{"from":"/proc","to":"/log/proc"}}',
  '{"mount":{"service":"logs","at":"/a/b"}}',
  '{"new":"segment","mime":"text/plain"}',
  '{"schema":"cohsh-telemetry-push/v1","seq":1,"mime":"m","payload":"p"}',
  '{"schema":"coh-ref-c/v1","seq":1,"off":0,"len":1,"sha256":"ab"}',
  '{"set":{"level":"debug","cats":["worker"]}}',
  '{"set":{"level":"trace"}}',
  'cordon',
  'drain',
  'resume',
  'quiesce',
  'reset',
  'tick 1\n',
  '{"job":"j","state":"QUEUED"}',
  'LEASE worker-1 mem=1 streams=1 priority=1',
  `{"kill":"${mint({ role: 0 })}"}`,
  '',
  '{"a":"\\ud83d\\ude00"}',
  '\\',
];

export type Dialect = 'compact' | 'linux' | 'classic';

export class Generator {
  /** What is left of the visit of a file that is under way. */
  private visit: Buffer[] = [];
  private visitFid = 100;

  constructor(
    readonly random: Random,
    readonly dialect: Dialect,
  ) {}

  private fid(): number {
    return this.random.chance(2) ? this.random.pick([0, this.random.next()]) : 1 + this.random.below(12);
  }

  private names(): string[] {
    if (this.random.chance(8)) {
      return Array.from({ length: this.random.below(11) }, () => this.random.pick(NAMES));
    }
    const names = this.random.pick(PATHS).split('/');
    return names.slice(0, this.random.chance(70) ? names.length : this.random.below(names.length + 1));
  }

  private data(): Buffer {
    const kind = this.random.below(10);
    if (kind < 6) return Buffer.from(this.random.pick(LINES) + (this.random.chance(50) ? '\n' : ''));
    if (kind < 8) return Buffer.from(`${this.random.pick(LINES)}\n${this.random.pick(LINES)}\n`);
    return Buffer.alloc(this.random.below(this.random.chance(5) ? 9000 : 1500), this.random.next() & 0xff);
  }

  private offset(): bigint {
    const kind = this.random.below(8);
    if (kind < 4) return 0n;
    if (kind < 6) return 0xffff_ffff_ffff_ffffn;
    return kind === 6
      ? BigInt(this.random.below(4096))
      : (BigInt(this.random.next()) << 32n) | BigInt(this.random.next());
  }

  private write(tag: number): Buffer {
    const data = this.data();
    const count = this.random.chance(95) ? data.length : this.random.next();
    return frame(118, tag, u32(this.fid()), u64(this.offset()), u32(count), data);
  }

  private version(tag: number): Buffer {
    const msize = this.random.chance(80) ? 8192 : this.random.pick([0, 255, 256, 257, 4096, 8193, 0xffff_ffff]);
    const version = this.random.chance(90) ? this.random.pick(['9P2000.L', '9P2000']) : '9P2000.u';
    return frame(100, this.random.chance(60) ? NO_TAG : tag, u32(msize), version);
  }

  private attach(tag: number): Buffer {
    const user = this.random.chance(85) ? 'queen' : this.random.pick(['worker-heartbeat:worker-1', 'x', 'queen:', '']);
    const afid = this.random.chance(95) ? NO_FID : this.fid();
    const fields: Field[] = [u32(this.fid()), u32(afid), user, this.random.chance(95) ? '' : 'cohesix-ticket-00.00'];
    return frame(104, tag, ...fields, ...(this.random.chance(80) ? [u32(0)] : []));
  }

  private other(tag: number): Buffer {
    const types = [8, 14, 16, 18, 20, 22, 26, 30, 32, 50, 52, 54, 70, 72, 74, 76, 102, 108, 114, 122, 124, 126];
    const type = this.random.chance(90) ? this.random.pick(types) : this.random.below(256);
    const body = Buffer.alloc(this.random.below(40), this.random.next() & 0xff);
    return frame(type, tag, u32(this.fid()), body);
  }

  private whole(tag: number): Buffer {
    const kind = this.random.below(100);
    if (kind < 1 && this.random.chance(5)) return this.version(tag);
    if (kind < 3) return this.attach(tag);
    if (kind < 30) {
      const names = this.names();
      const from = this.random.chance(70) ? 0 : this.fid();
      return frame(110, tag, u32(from), u32(this.fid()), u16(names.length), ...names);
    }
    if (kind < 45) {
      if (this.random.chance(50))
        return frame(12, tag, u32(this.fid()), u32(this.random.pick([0, 1, 2, 0o2001, 0o100])));
      return frame(112, tag, u32(this.fid()), u8(this.random.pick([0, 1, 2, 3, 0x81, 0x81, 0x10, 0x40])));
    }
    if (kind < 60) {
      return frame(
        116,
        tag,
        u32(this.fid()),
        u64(this.offset()),
        u32(this.random.pick([0, 1, 100, 8192, 8193, 2 ** 31])),
      );
    }
    if (kind < 75) return this.write(tag);
    if (kind < 85) return frame(120, tag, u32(this.fid()));
    if (kind < 90) return frame(24, tag, u32(this.fid()), u64(0x7ffn));
    if (kind < 94)
      return frame(40, tag, u32(this.fid()), u64(this.offset() & 0x3ff_ffff_ffffn), u32(this.random.below(9000)));
    return this.other(tag);
  }

  private damage(bytes: Buffer): Buffer {
    const kind = this.random.below(5);
    if (kind === 0) return bytes.subarray(0, this.random.below(bytes.length + 1));
    if (kind === 1) return Buffer.concat([bytes, bytes]);
    if (kind === 2) bytes.writeUInt32LE(this.random.pick([0, 6, 7, 8, bytes.length + 1, 0xffff_ffff]), 0);
    else bytes.writeUInt8(this.random.below(256), this.random.below(bytes.length));
    return bytes;
  }

  /** A visit as a client makes it: attach if need be, walk, open, use, clunk. */
  private newVisit(): Buffer[] {
    this.visitFid += 1;
    const fid = u32(this.visitFid);
    const names = this.random.pick(PATHS).split('/');
    const tag = this.random.below(0xffff);
    const append = /ctl$|log$|telemetry$|seg-|gpu/.test(names.join('/'))
      ? this.random.chance(70)
      : this.random.chance(5);
    const open =
      this.dialect === 'linux'
        ? frame(12, tag, fid, u32(append ? 0o2001 : 0))
        : frame(112, tag, fid, u8(append ? 0x81 : 0));
    const uses = Array.from({ length: 1 + this.random.below(3) }, () => {
      if (!append) return frame(116, tag, fid, u64(this.offset()), u32(this.random.pick([1, 100, 8192])));
      const data = this.data();
      return frame(118, tag, fid, u64(this.offset()), u32(data.length), data);
    });
    const version = frame(100, this.dialect === 'compact' ? 1 : NO_TAG, u32(8192), VERSIONS[this.dialect]);
    const user = this.dialect === 'classic' ? [] : [u32(0)];
    const [uname, aname] = this.random.pick(IDENTITIES);
    const login = [version, frame(104, tag, u32(0), u32(NO_FID), uname, aname, ...user)];
    const walk = frame(110, tag, u32(0), fid, u16(names.length), ...names);
    const attributes = this.dialect === 'linux' ? frame(24, tag, fid, u64(0x7ffn)) : frame(124, tag, fid);
    const listing = frame(40, tag, fid, u64(0n), u32(8000));
    const head = this.random.chance(3) ? login : [];
    return [...head, walk, attributes, open, ...uses, listing, frame(120, tag, fid)];
  }

  /** The next request, at most 8256 bytes. */
  next(): Buffer {
    if (this.random.chance(70)) {
      if (this.visit.length === 0) this.visit = this.newVisit();
      return (this.visit.shift() as Buffer).subarray(0, 8256);
    }
    const bytes = this.whole(this.random.below(0xffff));
    return (this.random.chance(15) ? this.damage(bytes) : bytes).subarray(0, 8256);
  }
}
