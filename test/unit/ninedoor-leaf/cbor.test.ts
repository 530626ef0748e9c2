// SPDX-License-Identifier: Apache-2.0
/** CBOR of the server: any item against an independent reader, telemetry frames against tables of cases. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Leaf, mutate, randomly } from './leaf.ts';

let leaf: Leaf;
beforeAll(async () => {
  leaf = await Leaf.load();
});

type Item = bigint | number | string | boolean | null | Uint8Array | Item[] | Map<string, Item>;

function head(major: number, value: bigint): Buffer {
  const lead = (low: number): Buffer => Buffer.from([(major << 5) | low]);
  if (value < 24n) return lead(Number(value));
  const size = [1, 2, 4, 8].find((bytes) => value < 1n << BigInt(8 * bytes)) ?? 8;
  const argument = Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex');
  return Buffer.concat([lead(23 + [1, 2, 4, 8].indexOf(size) + 1), argument]);
}

function encode(item: Item): Buffer {
  if (item === null) return Buffer.from([0xf6]);
  if (typeof item === 'boolean') return Buffer.from([item ? 0xf5 : 0xf4]);
  if (typeof item === 'bigint' || typeof item === 'number') return head(0, BigInt(item));
  if (typeof item === 'string') return Buffer.concat([head(3, BigInt(Buffer.byteLength(item))), Buffer.from(item)]);
  if (item instanceof Uint8Array) return Buffer.concat([head(2, BigInt(item.length)), item]);
  if (Array.isArray(item)) return Buffer.concat([head(4, BigInt(item.length)), ...item.map(encode)]);
  const pairs = [...item].flatMap(([key, value]) => [encode(key), encode(value)]);
  return Buffer.concat([head(5, BigInt(item.size)), ...pairs]);
}

const DEPTH = 5;
const TAKEN = 0;
const TRUNCATED = 1;
const INVALID = 2;

/** Refusals of sizes as such, where the other reader looks first at what is there. */
const TOO_MUCH = /^(too many|string too long)/;

class Stop extends Error {
  constructor(readonly outcome: number) {
    super();
  }
}

/** A recursive reader of the same subset. */
class Oracle {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  private take(count: bigint): Buffer {
    if (BigInt(this.bytes.length - this.at) < count) throw new Stop(TRUNCATED);
    this.at += Number(count);
    return this.bytes.subarray(this.at - Number(count), this.at);
  }

  private head(): { major: number; value: bigint } {
    const lead = this.take(1n).readUInt8();
    const low = lead & 31;
    const major = lead >> 5;
    if (major === 1 || major === 6 || (major === 7 && (low < 20 || low > 22)) || low > 27) throw new Stop(INVALID);
    if (low < 24) return { major, value: BigInt(low) };
    const argument = this.take(1n << BigInt(low - 24));
    const value = BigInt(`0x${argument.toString('hex')}`);
    if (!head(major, value).subarray(1).equals(argument)) throw new Stop(INVALID);
    return { major, value };
  }

  private text(length: bigint): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(length));
    } catch (error) {
      throw error instanceof Stop ? error : new Stop(INVALID);
    }
  }

  private item(depth: number): void {
    const { major, value } = this.head();
    if (major === 2) this.take(value);
    if (major === 3) this.text(value);
    if (major !== 4 && major !== 5) return;
    if (depth === 0 || (major === 5 && value > 128n)) throw new Stop(INVALID);
    const keys = new Set<string>();
    for (let i = 0n; i < value; i++) {
      if (major === 5) {
        if ((this.bytes[this.at] ?? 0x60) >> 5 !== 3) throw new Stop(INVALID);
        const name = this.text(this.head().value);
        if (keys.has(name)) throw new Stop(INVALID);
        keys.add(name);
      }
      this.item(depth - 1);
    }
  }

  outcome(depth: number): number {
    try {
      this.item(depth);
    } catch (error) {
      if (error instanceof Stop) return error.outcome;
      throw error;
    }
    return this.at === this.bytes.length ? TAKEN : INVALID;
  }
}

const any = (bytes: Uint8Array, depth = DEPTH): { result: number; text: string } => {
  const { result, wrote } = leaf.twice(bytes, (count) => leaf.exports.cborAny(count, depth));
  return { result, text: wrote.toString() };
};

const items = fc.letrec<{ item: Item }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.nat({ max: 70_000 }),
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('item'), { maxLength: 30 }),
    fc.array(fc.tuple(fc.string({ maxLength: 3 }), tie('item')), { maxLength: 6 }).map((pairs) => new Map(pairs)),
  ),
})).item;

describe('items of any form', () => {
  const table: [string, number, string][] = [
    ['', TRUNCATED, 'truncated at byte 0'],
    ['00', TAKEN, ''],
    ['1bffffffffffffffff', TAKEN, ''],
    ['17', TAKEN, ''],
    ['1817', INVALID, 'not in shortest form at byte 1'],
    ['1818', TAKEN, ''],
    ['1900ff', INVALID, 'not in shortest form at byte 1'],
    ['190100', TAKEN, ''],
    ['1a0000ffff', INVALID, 'not in shortest form at byte 1'],
    ['1a00010000', TAKEN, ''],
    ['1b00000000ffffffff', INVALID, 'not in shortest form at byte 1'],
    ['1b0000000100000000', TAKEN, ''],
    ['18', TRUNCATED, 'truncated at byte 1'],
    ['1b00000000', TRUNCATED, 'truncated at byte 1'],
    ['1c', INVALID, 'reserved head at byte 0'],
    ['1f', INVALID, 'indefinite length at byte 0'],
    ['5f', INVALID, 'indefinite length at byte 0'],
    ['9f', INVALID, 'indefinite length at byte 0'],
    ['bf', INVALID, 'indefinite length at byte 0'],
    ['ff', INVALID, 'expected true or false at byte 0'],
    ['20', INVALID, 'unsupported type at byte 0'],
    ['c000', INVALID, 'unsupported type at byte 0'],
    ['f7', INVALID, 'expected true or false at byte 0'],
    ['f93c00', INVALID, 'expected true or false at byte 0'],
    ['f4', TAKEN, ''],
    ['f5', TAKEN, ''],
    ['f6', TAKEN, ''],
    ['f600', INVALID, 'unexpected bytes after the value at byte 1'],
    ['6161', TAKEN, ''],
    ['61', TRUNCATED, 'truncated at byte 1'],
    ['61ff', INVALID, 'not UTF-8 at byte 2'],
    ['41ff', TAKEN, ''],
    ['5a7fffffff00', TRUNCATED, 'truncated at byte 5'],
    ['5bffffffffffffffff00', INVALID, 'string too long at byte 9'],
    ['9bffffffffffffffff00', INVALID, 'too many elements at byte 9'],
    ['8180', TAKEN, ''],
    ['81818181818000', INVALID, 'nested too deep at byte 5'],
    ['8181818180', TAKEN, ''],
    ['82', TRUNCATED, 'truncated at byte 1'],
    ['a0', TAKEN, ''],
    ['a1616100', TAKEN, ''],
    ['a16161', TRUNCATED, 'truncated at byte 3'],
    ['a10000', INVALID, 'expected a text at byte 1'],
    ['a2616100616100', INVALID, 'duplicate key at byte 6'],
    ['a26161a1616100616200', TAKEN, ''],
    ['a26161a1616100616100', INVALID, 'duplicate key at byte 9'],
    ['82a1616100a1616100', TAKEN, ''],
    ['b881', INVALID, 'too many elements at byte 2'],
  ];

  it.each(table)('%s', (hex, result, text) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(any(bytes)).toEqual({ result, text });
    if (!TOO_MUCH.test(text)) expect(new Oracle(bytes).outcome(DEPTH)).toBe(result);
  });

  it('bounds the keys that are open at once', () => {
    const wide = (from: number, count: number, last: Item): Map<string, Item> =>
      new Map(Array.from({ length: count }, (_, i) => [`${from + i}`, i === count - 1 ? last : 0]));
    expect(any(encode(wide(0, 128, null))).result).toBe(TAKEN);
    expect(any(encode(wide(0, 100, wide(0, 28, null)))).result).toBe(TAKEN);
    expect(any(encode(wide(0, 100, wide(0, 29, null)))).text).toMatch(/^too many keys at byte/);
    // Those of a map that has ended do not count any more.
    expect(any(encode([wide(0, 128, null), wide(0, 128, null)])).result).toBe(TAKEN);
  });

  it('takes every item and nothing that is cut short (property)', () => {
    fc.assert(
      fc.property(items, fc.nat(), (item, cut) => {
        const bytes = encode(item);
        expect(any(bytes, 8).result).toBe(TAKEN);
        expect(any(bytes.subarray(0, cut % bytes.length), 8).result).toBe(TRUNCATED);
      }),
      { numRuns: 400, seed: 67 },
    );
  });

  it('agrees with the other reader about changed and random bytes', () => {
    const random = randomly(71);
    const samples = fc.sample(items, { numRuns: 300, seed: 73 }).map(encode);
    const outcomes = [0, 0, 0];
    for (let round = 0; round < 30_000; round++) {
      const sample = samples[round % samples.length] ?? Buffer.alloc(0);
      const noise = Buffer.from(Uint8Array.from({ length: random(12) }, () => random(256)));
      const bytes = round % 3 === 0 ? noise : mutate(sample, random);
      const { result, text } = any(bytes);
      if (TOO_MUCH.test(text)) continue;
      expect(result, bytes.toString('hex')).toBe(new Oracle(bytes).outcome(DEPTH));
      outcomes[result] = (outcomes[result] ?? 0) + 1;
    }
    for (const count of outcomes) expect(count).toBeGreaterThan(1000);
  });
});

describe('telemetry frames', () => {
  const good: [string, Item][] = [
    ['schema', 'telemetry-frame/v1'],
    ['worker_id', 'worker-1'],
    ['role', 'worker-heartbeat'],
    ['seq', 1],
    ['emitted_ms', 1_700_000_000_000n],
    ['payload', new Map<string, Item>([['tick', 7]])],
  ];
  const frame = (changes: Record<string, Item> = {}): Buffer =>
    encode(new Map(good.map(([key, value]) => [key, key in changes ? (changes[key] as Item) : value])));
  const without = (key: string): Buffer => encode(new Map(good.filter(([name]) => name !== key)));
  const read = (bytes: Uint8Array): { result: number; wrote: Buffer } => leaf.twice(bytes, leaf.exports.telemetryFrame);
  const answer = (bytes: Uint8Array): string => {
    const { result, wrote } = read(bytes);
    return result !== 0 ? 'taken' : wrote.toString().replace(/ at byte \d+$/, '');
  };
  const nested = (depth: number): Item => (depth === 1 ? new Map() : new Map([['x', nested(depth - 1)]]));

  it('has these bytes', () => {
    expect(frame().toString('hex')).toBe(
      'a6' +
        '66736368656d61' +
        '7274656c656d657472792d6672616d652f7631' +
        '69776f726b65725f6964' +
        '68776f726b65722d31' +
        '64726f6c65' +
        '70776f726b65722d686561727462656174' +
        '63736571' +
        '01' +
        '6a656d69747465645f6d73' +
        '1b0000018bcfe56800' +
        '677061796c6f6164' +
        'a1647469636b07',
    );
    expect(read(frame()).wrote).toEqual(frame());
  });

  const table: [string, () => Buffer, string][] = [
    ['as it must be', () => frame(), 'taken'],
    ['of a GPU worker', () => frame({ role: 'worker-gpu' }), 'taken'],
    ['the largest numbers', () => frame({ seq: 2n ** 64n - 1n, emitted_ms: 2n ** 64n - 1n }), 'taken'],
    ['an empty payload', () => frame({ payload: new Map() }), 'taken'],
    ['a deep payload', () => frame({ payload: nested(8) }), 'taken'],
    ['a payload too deep', () => frame({ payload: nested(9) }), 'nested too deep'],
    ['a list for a payload', () => frame({ payload: [] }), 'expected a map'],
    ['no payload', () => without('payload'), 'missing field payload'],
    ['no schema', () => without('schema'), 'missing field schema'],
    ['no worker', () => without('worker_id'), 'missing field worker_id'],
    ['no role', () => without('role'), 'missing field role'],
    ['no seq', () => without('seq'), 'missing field seq'],
    ['no time', () => without('emitted_ms'), 'missing field emitted_ms'],
    ['another schema', () => frame({ schema: 'telemetry-frame/v2' }), 'schema is not telemetry-frame/v1'],
    ['a nameless worker', () => frame({ worker_id: '' }), 'empty worker_id'],
    ['a long name', () => frame({ worker_id: 'x'.repeat(65) }), 'string too long'],
    ['64 bytes of name', () => frame({ worker_id: 'x'.repeat(64) }), 'taken'],
    ['the queen', () => frame({ role: 'queen' }), 'unknown role'],
    ['a text for seq', () => frame({ seq: '1' }), 'expected an unsigned integer'],
    ['a number for a role', () => frame({ role: 1 }), 'expected a text'],
    ['an unknown field', () => encode(new Map([...good, ['extra', 0]])), 'unknown field'],
    [
      'a field twice',
      () => Buffer.concat([Buffer.from([0xa7]), frame().subarray(1), encode('seq'), encode(2)]),
      'duplicate field',
    ],
    ['no map', () => encode([]), 'expected a map'],
    ['bytes behind', () => Buffer.concat([frame(), Buffer.from([0])]), 'unexpected bytes after the value'],
    ['bytes missing', () => frame().subarray(0, -1), 'truncated'],
    ['nothing', () => Buffer.alloc(0), 'truncated'],
    ['endless pairs', () => Buffer.from('bbffffffffffffffff', 'hex'), 'too many elements'],
    ['a key that is no text', () => Buffer.from('a10000', 'hex'), 'expected a text'],
  ];

  it.each(table)('%s', (_name, bytes, expected) => {
    expect(answer(bytes())).toBe(expected);
  });

  it('may come in any order (property)', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(good, { minLength: 6 }), (pairs) => {
        expect(read(encode(new Map(pairs)))).toEqual({ result: 1, wrote: frame() });
      }),
      { numRuns: 50, seed: 79 },
    );
  });

  it('are frames still when they are taken after changes', () => {
    const random = randomly(83);
    let taken = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = mutate(frame(), random);
      const { result, wrote } = read(bytes);
      if (result === 0) continue;
      taken++;
      expect(new Oracle(bytes).outcome(8), bytes.toString('hex')).toBe(TAKEN);
      expect(read(wrote)).toEqual({ result: 1, wrote });
      expect(wrote).toHaveLength(bytes.length);
    }
    expect(taken).toBeGreaterThan(100);
  });
});
