// SPDX-License-Identifier: Apache-2.0
// The lines of a write to a control file, one after the other, blank ones passed over.
import { NEWLINE } from './ascii';
import { trim, trimmed, trimmedBytes } from './slice';

let at: usize = 0;
let end: usize = 0;
/** The line that `next` found, trimmed. */
export let start: usize = 0;
export let bytes: u32 = 0;

export function open(data: usize, size: u32): void {
  at = data;
  end = data + size;
}

/** The next line that is not blank; false: there is none. */
export function next(): bool {
  while (at < end) {
    let stop = at;
    while (stop < end && load<u8>(stop) !== NEWLINE) stop++;
    trim(at, <u32>(stop - at));
    at = stop + 1;
    if (trimmedBytes === 0) continue;
    start = trimmed;
    bytes = trimmedBytes;
    return true;
  }
  return false;
}
