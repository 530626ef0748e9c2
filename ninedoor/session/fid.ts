// SPDX-License-Identifier: Apache-2.0
// A fid: a place that a client holds, and how it was opened.
//
//   Fid   Place (16 bytes) · number u32 · mode u32 · qidPath u64 · cursor u64 · mark u64
//
//   mode: READ, WRITE … · cursor: end of the last read · mark: whatever the file needs to go on from there
//   number of a free record: next free record + 1 (session/fids.ts)
import { Place } from '../namespace/node';
import { Writer } from '../../lib/text/writer';

/** Ways in which a fid is open. */
export const READ: u32 = 1;
export const WRITE: u32 = 2;
export const APPEND: u32 = 4;
export const OPEN: u32 = 8;


@unmanaged
export class Fid extends Place {
  number: u32;
  mode: u32;
  qidPath: u64;
  cursor: u64;
  mark: u64;

  /** Puts the fid, not yet open, at a place. */
  putAt(place: Place, qidPath: u64): void {
    this.copy(place);
    this.mode = 0;
    this.qidPath = qidPath;
    this.cursor = 0;
    this.mark = 0;
  }

  readStream(offset: u64, w: Writer): u32 {
    return call_indirect<u32>(this.node.readFunction, this, offset, w);
  }
}

export const NO_FID = changetype<Fid>(0);
