// SPDX-License-Identifier: Apache-2.0
// What a session is being shown, or is to be shown later: the state of it, and the bytes at hand. payload/ shows it.
//
//   Payload   kind u8 · flags u8 · fid u32 · next u64 · end u64
//             from u32 · to u32 · line u32 · what u32 · until_ms u64
//             buffer   BUFFER_BYTES; its window `from` … `to` is still to be shown
import * as clock from '../clock';

// Kinds.
const NONE: u8 = 0;
export const FILE: u8 = 1;
export const LINES: u8 = 2;
/** A line that is sent later. */
export const HELD: u8 = 3;

// Flags of a file.
export const AS_BASE64: u8 = 1;
export const STARTED: u8 = 2;
export const MID_LINE: u8 = 4;

/** A multiple of what makes a line of base64. */
export const BUFFER_BYTES: u32 = 4032;


@unmanaged
export class Payload {
  kind: u8;
  private flags: u8;
  /** Of a file. */
  fid: u32;
  /** Where in the file the next read begins, and where the last ends. */
  next: u64;
  end: u64;
  /** The window. */
  from: u32;
  to: u32;
  /** Of a text of the console's own: its next line, and which text. */
  line: u32;
  what: u32;
  /** When a held line is sent. */
  until_ms: u64;

  get isActive(): bool {
    return this.kind !== NONE;
  }

  get buffer(): usize {
    return changetype<usize>(this) + offsetof<Payload>();
  }

  has(flag: u8): bool {
    return (this.flags & flag) !== 0;
  }

  set(flag: u8, value: bool): void {
    this.flags = value ? this.flags | flag : this.flags & ~flag;
  }

  /** Nothing more of it is shown. The fid goes with its session. */
  drop(): void {
    this.kind = NONE;
  }

  /** Keeps the first bytes of what is going to be shown; `to` tells how many. */
  keep(data: usize, bytes: u32): void {
    const kept = min(bytes, BUFFER_BYTES);
    this.from = 0;
    this.to = kept;
    memory.copy(this.buffer, data, kept);
  }

  beginFile(fid: u32, asBase64: bool, next: u64, end: u64): void {
    this.kind = FILE;
    this.flags = asBase64 ? AS_BASE64 : 0;
    this.fid = fid;
    this.next = next;
    this.end = end;
  }

  beginLines(what: u32): void {
    this.kind = LINES;
    this.what = what;
    this.line = 0;
  }

  /** The line is sent at that time, and not before. */
  hold(line: usize, bytes: u32, until_ms: u64): void {
    this.keep(line, bytes);
    this.kind = HELD;
    this.until_ms = until_ms;
    clock.wakeBy(until_ms);
  }

  /** When the held line is to be sent; 0: there is none. */
  get heldUntil_ms(): u64 {
    return this.kind === HELD ? this.until_ms : 0;
  }

  /** It waits for its time. */
  get isHeldBack(): bool {
    return this.kind === HELD && clock.now_ms < this.until_ms;
  }
}
