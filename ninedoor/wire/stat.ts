// SPDX-License-Identifier: Apache-2.0
// The stat entry of 9P2000, as Rstat and directories carry it. A codec: its offsets are the protocol's.
//
//   stat   size[2] type[2] dev[4] qid[13] mode[4] atime[4] mtime[4] length[8] name[s] uid[s] gid[s] muid[s]
import { NAME_BYTES } from '../limits';

const FIXED_BYTES: u32 = 2 + 2 + 4 + 13 + 4 + 4 + 4 + 8;
const OWNER = 'cohesix';
const OWNER_BYTES: u32 = 7;
export const STAT_BYTES: u32 = FIXED_BYTES + 2 + NAME_BYTES + 3 * (2 + OWNER_BYTES);

function storeOwner(at: usize): usize {
  store<u16>(at, <u16>OWNER_BYTES);
  for (let i: u32 = 0; i < OWNER_BYTES; i++) store<u8>(at + 2 + i, <u8>OWNER.charCodeAt(i));
  return at + 2 + OWNER_BYTES;
}

/** Writes an entry to `at`; returns its bytes, STAT_BYTES at most. The qid's type is the high byte of the mode, too. */
export function write(
  at: usize,
  qidType: u32,
  qidPath: u64,
  permissions: u32,
  time_s: u32,
  length: u64,
  name: usize,
  nameBytes: u32,
): u32 {
  store<u16>(at, 0, 2);
  store<u32>(at, 0, 4);
  store<u8>(at, <u8>qidType, 8);
  store<u32>(at, 0, 9);
  store<u64>(at, qidPath, 13);
  store<u32>(at, permissions | (qidType << 24), 21);
  store<u32>(at, time_s, 25);
  store<u32>(at, time_s, 29);
  store<u64>(at, length, 33);
  store<u16>(at, <u16>nameBytes, 41);
  memory.copy(at + 43, name, nameBytes);
  const bytes = <u32>(storeOwner(storeOwner(storeOwner(at + 43 + nameBytes))) - at);
  store<u16>(at, <u16>(bytes - 2));
  return bytes;
}
