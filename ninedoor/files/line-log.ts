// SPDX-License-Identifier: Apache-2.0
// A log of whole lines in a fixed place: when there is no room for another line, the oldest go.
//
//   LineLog   capacity u32 · used u32 · lines, each ended by a newline, in `capacity` bytes
import { Writer } from '../../lib/text/writer';


@unmanaged
export class LineLog {
  capacity: u32;
  used: u32;

  /** Empty, in a place of LINE_LOG_HEAD_BYTES and so many bytes. */
  open(capacity: u32): void {
    this.capacity = capacity;
    this.used = 0;
  }

  private get text(): usize {
    return changetype<usize>(this) + offsetof<LineLog>();
  }

  /** Adds a line, given without its newline; one that is longer than the log is left out. */
  append(start: usize, bytes: u32): void {
    if (bytes + 1 > this.capacity) return;
    if (this.used + bytes + 1 > this.capacity) this.drop(this.used + bytes + 1 - this.capacity);
    memory.copy(this.text + this.used, start, bytes);
    store<u8>(this.text + this.used + bytes, 0x0a);
    this.used += bytes + 1;
  }

  /** Drops the oldest lines, at least so many bytes. */
  private drop(bytes: u32): void {
    let cut: u32 = 0;
    while (cut < bytes) {
      while (load<u8>(this.text + cut) !== 0x0a) cut++;
      cut++;
    }
    this.used -= cut;
    memory.copy(this.text, this.text + cut, this.used);
  }

  /** Writes all lines. */
  write(w: Writer): void {
    w.bytes(this.text, this.used);
  }
}

export const LINE_LOG_HEAD_BYTES: u32 = offsetof<LineLog>();
