// SPDX-License-Identifier: Apache-2.0
/** A server of connections in TypeScript: the other end of a pair of rings of records (lib/channel/stream.ts). */
import { RingEnd } from '../../sim/channels.ts';
import { CONSOLE_OUTPUT_BYTES, HEADER_BYTES, DATA, ENDED, GRANT, MALFORMED, BY_PEER } from '../../sim/stream.ts';

export interface StreamRecord {
  connection: number;
  generation: number;
  kind: number;
  detail: number;
  data: Buffer;
}

/** Where the frames of channels are. */
export interface Windows {
  window(channel: string): Uint8Array;
}

export class Server {
  /** What net said, as it is taken from the ring. */
  readonly seen: StreamRecord[] = [];
  /** What it does with each record. */
  on: (record: StreamRecord) => void = () => undefined;
  private readonly from: RingEnd;
  private readonly to: RingEnd;

  constructor(windows: Windows, from: string, to: string) {
    this.from = new RingEnd(windows.window(from));
    this.to = new RingEnd(windows.window(to));
  }

  get room(): number {
    return this.to.capacity - ((this.to.tail - this.to.head) >>> 0);
  }

  /** Writes a record; false: there is no room for it. */
  send(
    to: { connection: number; generation: number },
    kind: number,
    data: Uint8Array = Buffer.alloc(0),
    detail = 0,
  ): boolean {
    if (this.room < HEADER_BYTES + data.length) return false;
    const head = Buffer.alloc(HEADER_BYTES);
    head.writeUInt16LE(to.connection, 0);
    head.writeUInt16LE(to.generation, 2);
    head.writeUInt8(kind, 4);
    head.writeUInt8(detail, 5);
    head.writeUInt32LE(data.length, 8);
    this.to.write(Buffer.concat([head, data]));
    return true;
  }

  /** Bytes that are no record. */
  garble(bytes: Uint8Array): void {
    this.to.write(bytes);
  }

  setIndices(tail: number, head: number): void {
    this.to.setIndices(tail, head);
  }

  grant(to: StreamRecord, bytes: number): boolean {
    const data = Buffer.alloc(4);
    data.writeUInt32LE(bytes);
    return this.send(to, GRANT, data);
  }

  /** Takes all records, and acts on each; returns how many there were. */
  take(): number {
    const bytes = Buffer.from(this.from.read());
    let count = 0;
    for (let at = 0; at < bytes.length; count++) {
      const size = bytes.readUInt32LE(at + 8);
      const record: StreamRecord = {
        connection: bytes.readUInt16LE(at),
        generation: bytes.readUInt16LE(at + 2),
        kind: bytes.readUInt8(at + 4),
        detail: bytes.readUInt8(at + 5),
        data: bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + size),
      };
      at += HEADER_BYTES + size;
      this.seen.push(record);
      this.on(record);
    }
    return count;
  }

  /** Records of one kind, of one connection or all. */
  of(kind: number, connection?: number): StreamRecord[] {
    return this.seen.filter((r) => r.kind === kind && (connection === undefined || r.connection === connection));
  }
}

/** A console that answers each line with the same line, within its credit, and gives back what it has taken. */
export function echoLines(server: Server): void {
  const sessions = new Map<string, { credit: number; queue: StreamRecord[] }>();
  server.on = (record) => {
    const key = `${record.connection} ${record.generation}`;
    const session = sessions.get(key) ?? { credit: CONSOLE_OUTPUT_BYTES, queue: [] };
    sessions.set(key, session);
    if (record.kind === GRANT) session.credit += record.data.readUInt32LE();
    else session.queue.push(record);
    for (let first = session.queue[0]; first !== undefined; first = session.queue[0]) {
      const answer = first.kind === MALFORMED ? Buffer.from('ERR FRAME reason=invalid-length') : first.data;
      const isAnswered = first.kind === DATA || first.kind === MALFORMED;
      if (isAnswered && session.credit < HEADER_BYTES + answer.length) return;
      session.queue.shift();
      if (first.kind === ENDED) {
        if (first.detail === BY_PEER) server.send(first, ENDED);
        sessions.delete(key);
      }
      if (!isAnswered) continue;
      session.credit -= HEADER_BYTES + answer.length;
      server.send(first, DATA, answer);
      server.grant(first, HEADER_BYTES + first.data.length);
    }
  };
}

/** A NineDoor that answers each frame with itself. */
export function echoFrames(server: Server): void {
  server.on = (record) => {
    if (record.kind === DATA) server.send(record, DATA, record.data);
    else if (record.kind === ENDED && record.detail === BY_PEER) server.send(record, ENDED);
  };
}
