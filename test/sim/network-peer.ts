// SPDX-License-Identifier: Apache-2.0
/**
 * Net's end of the rings to NineDoor: writes records as net does, or as it never should, and takes those that come back. The
 * layout of a record is that of lib/channel/stream.ts.
 */
import { RingEnd } from './channels.ts';
import type { SimDomain } from './domain.ts';

export const KIND = { opened: 1, data: 2, ended: 3, grant: 4, malformed: 5, selfTest: 6, reset: 7 } as const;
export const ENDED = { byPeer: 1, lost: 2, refused: 3, abort: 4 } as const;
export const HEADER_BYTES = 12;

export interface StreamRecord {
  connection: number;
  generation: number;
  kind: number;
  detail: number;
  data: Buffer;
}

export function record(
  connection: number,
  generation: number,
  kind: number,
  detail = 0,
  data: Uint8Array = Buffer.alloc(0),
): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + data.length);
  bytes.writeUInt16LE(connection, 0);
  bytes.writeUInt16LE(generation, 2);
  bytes.writeUInt8(kind, 4);
  bytes.writeUInt8(detail, 5);
  bytes.writeUInt32LE(data.length, 8);
  bytes.set(data, HEADER_BYTES);
  return bytes;
}

export function parseRecords(bytes: Uint8Array): StreamRecord[] {
  const all = Buffer.from(bytes);
  const records: StreamRecord[] = [];
  for (let at = 0; at < all.length;) {
    const end = at + HEADER_BYTES + all.readUInt32LE(at + 8);
    if (end > all.length) throw new Error('half a record lies in the ring');
    records.push({
      connection: all.readUInt16LE(at),
      generation: all.readUInt16LE(at + 2),
      kind: all.readUInt8(at + 4),
      detail: all.readUInt8(at + 5),
      data: all.subarray(at + HEADER_BYTES, end),
    });
    at = end;
  }
  return records;
}

type Constants = Readonly<Record<string, bigint>>;

export class NetworkPeer {
  constructor(
    /** NineDoor as it is now: another one after it was started again. */
    private readonly ninedoor: () => SimDomain,
    private readonly names: Constants,
  ) {}

  private number(name: string): bigint {
    const value = this.names[name];
    if (value === undefined) throw new Error(`the generated module has no ${name}`);
    return value;
  }

  ring(channel: 'NET_NINEDOOR' | 'NINEDOOR_NET'): RingEnd {
    const [offset, size] = [Number(this.number(`${channel}_OFFSET`)), Number(this.number(`${channel}_BYTES`))];
    return new RingEnd(this.ninedoor().memory.bytes.subarray(offset, offset + size));
  }

  /** Writes bytes to the ring; NineDoor has not run yet. */
  put(...parts: readonly Uint8Array[]): void {
    const bytes = Buffer.concat(parts);
    if (this.ring('NET_NINEDOOR').write(bytes) !== bytes.length) throw new Error('the ring to NineDoor is full');
  }

  /** Wakes NineDoor, which runs until it waits; nothing is taken from its ring. */
  wake(): void {
    this.ninedoor().events |= this.number('EVENT_NET_NINEDOOR');
    this.ninedoor().run();
  }

  /** What lies in the ring from NineDoor. */
  take(): StreamRecord[] {
    const records = parseRecords(this.ring('NINEDOOR_NET').read());
    this.ninedoor().events |= this.number('EVENT_NINEDOOR_NET');
    this.ninedoor().run();
    return records;
  }

  /** Sends records, and returns what comes back until nothing does. */
  exchange(...parts: readonly Uint8Array[]): StreamRecord[] {
    this.put(...parts);
    this.wake();
    const all: StreamRecord[] = [];
    for (let part = this.take(); part.length > 0; part = this.take()) all.push(...part);
    return all;
  }

  open(connection: number, generation: number, age_ms = 0): StreamRecord[] {
    const data = Buffer.from([10, 0, 2, 2, 0xc3, 0x50, 0, 0, 0, 0, 0, 0]);
    data.writeUInt32LE(age_ms, 8);
    return this.exchange(record(connection, generation, KIND.opened, 0, data));
  }
}
