// SPDX-License-Identifier: Apache-2.0
// How many lines somebody may add to the log: so many at once and so many a second. What lies beyond is counted, to
// be told in one line.
//
//   Allowance   left u32 · keptBack u32 · since_ms u64 · lastLook u64 · isFilled bool
import * as clock from '../clock';

const BURST: u32 = 64;
const PER_SECOND: u64 = 4;


@unmanaged
export class Allowance {
  private left: u32;
  private keptBack: u32;
  /** Up to when time has been made into lines. */
  private since_ms: u64;
  /** Hash of the line about a look, if that was the last line; else 0. */
  private lastLook: u64;
  /** It begins with a burst; a cleared record has not begun. */
  private isFilled: bool;

  /** Adds what time has brought. */
  private fill(): void {
    if (!this.isFilled) {
      this.isFilled = true;
      this.left = BURST;
      this.since_ms = clock.now_ms;
    }
    const more = ((clock.now_ms - this.since_ms) * PER_SECOND) / 1000;
    if (more === 0) return;
    this.left = <u32>min<u64>(this.left + more, BURST);
    this.since_ms += (more * 1000) / PER_SECOND;
  }

  /** Whether another line may be written; it is counted either way. */
  take(): bool {
    this.fill();
    if (this.left === 0) {
      this.keptBack++;
      return false;
    }
    this.left--;
    return true;
  }

  /** Whether a look is the one before once more; another kind of line has the hash 0. */
  isSameLook(hash: u64): bool {
    const isSame = hash !== 0 && hash === this.lastLook;
    this.lastLook = hash;
    return isSame;
  }

  /** Lines that were kept back since this was asked last. */
  takeKeptBack(): u32 {
    const count = this.keptBack;
    if (count > 0) this.keptBack = 0;
    return count;
  }
}
