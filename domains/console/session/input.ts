// SPDX-License-Identifier: Apache-2.0
// What a connection has sent and nobody has taken yet: lines, and frames that are none, in their order. The queue is
// as large as the credit of the connection, so that all that net may pass on has room: an entry takes less than its
// record.
//
//   Input   head u32 · used u32
//           queue   QUEUE_BYTES, a ring: `used` of them from `head` on
//   entry   kind and length u16 · the line
import * as stream from '../../../lib/channel/stream';

/** A power of two. */
export const QUEUE_BYTES: u32 = stream.CONSOLE_INPUT_BYTES;

export const LINE: u32 = 0;
export const TOO_LONG: u32 = 0x4000;
export const TOO_SHORT: u32 = 0x8000;
const KIND: u32 = 0xc000;
const ENTRY: u32 = 2;

export const LINE_BYTES: u32 = 256;
const line = memory.data(256); // LINE_BYTES

/** What take() found: its kind, and for a line its bytes. */
export let kind: u32 = LINE;
export let start: usize = 0;
export let bytes: u32 = 0;


@unmanaged
export class Input {
  /** Where the oldest entry begins; taken modulo the queue. */
  private head: u32;
  private used: u32;

  private byteAt(offset: u32): usize {
    return changetype<usize>(this) + offsetof<Input>() + (offset & (QUEUE_BYTES - 1));
  }

  private append(value: u8): void {
    store<u8>(this.byteAt(this.head + this.used), value);
    this.used++;
  }

  /** Starts an entry, if it fits. */
  private begin(head: u32, size: u32): bool {
    if (size + ENTRY > QUEUE_BYTES - this.used) return false;
    this.append(<u8>head);
    this.append(<u8>(head >> 8));
    return true;
  }

  get isEmpty(): bool {
    return this.used === 0;
  }

  /** Adds a line; false: it has no room, or is no line. */
  put(from: usize, size: u32): bool {
    if (size > LINE_BYTES || !this.begin(LINE | size, size)) return false;
    for (let i: u32 = 0; i < size; i++) this.append(load<u8>(from + i));
    return true;
  }

  /** Adds a frame that is none; false: there is no room. */
  putMalformed(detail: u8): bool {
    return this.begin(detail === stream.TOO_LONG ? TOO_LONG : TOO_SHORT, 0);
  }

  /** Looks at the oldest, which stays; not when isEmpty. Sets what take() sets. */
  look(): void {
    const head = this.head;
    const entry = (<u32>load<u8>(this.byteAt(head))) | ((<u32>load<u8>(this.byteAt(head + 1))) << 8);
    const size = entry & ~KIND;
    kind = entry & KIND;
    start = line;
    bytes = size;
    for (let i: u32 = 0; i < size; i++) store<u8>(line + i, load<u8>(this.byteAt(head + ENTRY + i)));
  }

  /** Takes the oldest; not when isEmpty. Returns what it had cost of the credit. */
  take(): u32 {
    this.look();
    const size = bytes;
    this.head += ENTRY + size;
    this.used -= ENTRY + size;
    return stream.HEADER_BYTES + size;
  }
}
