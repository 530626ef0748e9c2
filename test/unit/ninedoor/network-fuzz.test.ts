// SPDX-License-Identifier: Apache-2.0
/**
 * Records of every kind, sensible and not, against the very wasm of NineDoor's domain. A model says what must come back: each frame
 * of an open connection is answered exactly once and in order, or ends the connection; nobody else hears anything.
 * NINEDOOR_FUZZ_RECORDS and NINEDOOR_FUZZ_SEED choose how many and which.
 */
import { beforeAll, expect, it } from 'vitest';
import { ENDED, HEADER_BYTES, KIND, NetworkPeer, record, type StreamRecord } from '../../sim/network-peer.ts';
import { SimSystem } from '../../sim/system.ts';
import { simulationModules, type Modules } from '../../support/build.ts';
import { frame, NO_FID, NO_TAG, splitReplies, u32 } from './frames.ts';
import { Generator, Random } from './generator.ts';
import { mint } from './tickets.ts';

const RECORDS = Number(process.env.NINEDOOR_FUZZ_RECORDS ?? 100_000);
const SEED = Number(process.env.NINEDOOR_FUZZ_SEED ?? 20_260_102);
/** Records after which the system is started anew, and records that lie in the ring at once. */
const ROUND = 20_000;
const BATCH = 24;
const CONNECTIONS = 24;
const MAX_DATA_BYTES = 8192;
const MAX_FRAME_BYTES = 8192;

let modules: Modules;
beforeAll(async () => {
  modules = await simulationModules();
});

const QUEEN = mint({ role: 0, issued_at_ms: 0n });
const VERSION = frame(100, NO_TAG, u32(8192), '9P2000.L');
const ATTACH = frame(104, 1, u32(0), u32(NO_FID), 'queen', QUEEN, u32(NO_FID));

/** What must come back for a frame: its tag; for the rest: the end of the connection. */
type Expected = { connection: number; generation: number } & ({ tag: number } | { ended: number });

class Round {
  readonly system = new SimSystem(modules);
  private readonly peer = new NetworkPeer(() => this.system.ninedoor, modules.constants('ninedoor'));
  private readonly generators: Generator[];
  /** Generation of each connection that is open. */
  private readonly open = new Map<number, number>();
  private parts: Buffer[] = [];
  private expected: Expected[] = [];

  constructor(private readonly random: Random) {
    this.generators = Array.from({ length: CONNECTIONS }, () => new Generator(random, 'linux'));
    this.system.advance(60_000n);
    this.peer.take();
  }

  play(records: number): void {
    for (let i = 0; i < records; i += BATCH) {
      this.parts = [];
      this.expected = [];
      for (let n = 0; n < BATCH; n++) this.next();
      const lost = this.random.chance(3);
      if (lost) this.parts.push(this.noRecord());
      const answers = this.peer.exchange(...this.parts);
      if (lost) {
        expect(answers.pop()?.kind).toBe(KIND.reset);
        this.open.clear();
      }
      this.compare(answers);
      if (this.random.chance(1)) this.pause();
    }
  }

  /** Whatever happened, a new client is served, and no more sessions are left than there are connections. */
  finish(): void {
    this.peer.exchange(record(0, 0, KIND.reset, 0, Buffer.alloc(8)));
    expect(this.peer.open(0, 1)).toEqual([]);
    for (const bytes of [VERSION, ATTACH]) {
      const [answer] = this.peer.exchange(record(0, 1, KIND.data, 0, bytes));
      expect(answer?.data.readUInt8(4)).toBe(bytes.readUInt8(4) + 1);
    }
    this.system.type('attach queen\r');
    expect(this.system.type('cat /proc/9p/sessions\r')).toContain('sessions total=2 ');
  }

  private next(): void {
    const number = this.random.below(CONNECTIONS);
    const generation = this.open.get(number);
    const kind = this.random.below(1000);
    if (generation === undefined || kind < 4) this.begin(number);
    else if (kind < 960) this.frame(number, generation, this.request(number));
    else if (kind < 975) this.forNobody();
    else if (kind < 985) this.end(number, generation, record(number, generation, KIND.ended, ENDED.byPeer));
    else if (kind < 998) this.nonsense(number, generation);
    else this.parts.push(this.reset());
  }

  private begin(number: number): void {
    const generation = this.random.next() & 0xffff;
    const data = Buffer.alloc(12);
    data.writeUInt32LE(this.random.below(2000), 8);
    this.parts.push(record(number, generation, KIND.opened, 0, data));
    this.open.set(number, generation);
    for (const bytes of [VERSION, ATTACH]) if (this.random.chance(95)) this.frame(number, generation, bytes);
  }

  private request(number: number): Buffer {
    return (this.generators[number] as Generator).next().subarray(0, MAX_DATA_BYTES);
  }

  private frame(number: number, generation: number, bytes: Buffer): void {
    this.parts.push(record(number, generation, KIND.data, 0, bytes));
    if (!this.open.has(number)) return;
    const whole = bytes.length >= 7 && bytes.readUInt32LE(0) === bytes.length;
    if (whole) this.expected.push({ connection: number, generation, tag: bytes.readUInt16LE(5) });
    else this.ended(number, generation, ENDED.abort);
  }

  private ended(connection: number, generation: number, detail: number): void {
    this.expected.push({ connection, generation, ended: detail });
    this.open.delete(connection);
  }

  private end(number: number, _generation: number, bytes: Buffer): void {
    this.parts.push(bytes);
    this.open.delete(number);
  }

  private forNobody(): void {
    const number = this.random.pick([CONNECTIONS + this.random.below(10), 0xffff, this.random.below(CONNECTIONS)]);
    const generation = this.random.next() & 0xffff;
    if (this.open.get(number) === generation) return;
    const kind = this.random.pick([KIND.data, KIND.ended, KIND.grant, KIND.malformed, 99]);
    this.parts.push(record(number, generation, kind, this.random.below(256), VERSION));
  }

  private nonsense(number: number, generation: number): void {
    const kind = this.random.pick([KIND.grant, KIND.malformed, KIND.selfTest, 0, 8, 255]);
    this.parts.push(record(number, generation, kind, 0, Buffer.alloc(this.random.below(64))));
    this.ended(number, generation, ENDED.abort);
  }

  private reset(): Buffer {
    this.open.clear();
    return record(0, 0, KIND.reset, 0, Buffer.alloc(8, this.random.next()));
  }

  /** A length that cannot be, or half a header: what lies behind it is lost. */
  private noRecord(): Buffer {
    const bytes = record(1, 1, KIND.data);
    bytes.writeUInt32LE(this.random.pick([MAX_DATA_BYTES + 1, 0xffff_ffff, 0x8000_0000, 100]), 8);
    return this.random.chance(50) ? bytes : bytes.subarray(0, 1 + this.random.below(HEADER_BYTES - 1));
  }

  /** A connection may have been closed for what its attaches were refused: then its later frames have no answer. */
  private compare(answers: readonly StreamRecord[]): void {
    const closed = new Set<string>();
    let at = 0;
    for (const want of this.expected) {
      const key = `${want.connection}.${want.generation}`;
      if (closed.has(key)) continue;
      const got = answers[at++];
      expect(got, key).toMatchObject({ connection: want.connection, generation: want.generation });
      if (got === undefined) return;
      if ('ended' in want) {
        expect(got).toMatchObject({ kind: KIND.ended, detail: want.ended });
        continue;
      }
      expect(got.kind).toBe(KIND.data);
      const [reply, ...more] = splitReplies(got.data);
      expect(reply?.tag).toBe(want.tag);
      expect(more).toEqual([]);
      expect(got.data.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
      const end = answers[at];
      if (end?.kind !== KIND.ended || end.detail !== ENDED.refused) continue;
      expect(end).toMatchObject({ connection: want.connection, generation: want.generation });
      at++;
      closed.add(key);
      if (this.open.get(want.connection) === want.generation) this.open.delete(want.connection);
    }
    expect(answers.length).toBe(at);
  }

  /** Time passes: those who have not attached are ended. */
  private pause(): void {
    this.system.advance(BigInt(this.random.below(6000)));
    for (const { connection, generation, kind, detail } of this.peer.take()) {
      expect({ kind, detail }).toEqual({ kind: KIND.ended, detail: ENDED.refused });
      expect(this.open.get(connection)).toBe(generation);
      this.open.delete(connection);
    }
  }
}

it(
  `${RECORDS} records: no trap, every frame answered once or its connection ended`,
  () => {
    const random = new Random(SEED);
    for (let done = 0; done < RECORDS; done += ROUND) {
      const round = new Round(random);
      round.play(Math.min(ROUND, RECORDS - done));
      round.finish();
    }
  },
  Math.max(600_000, RECORDS),
);
