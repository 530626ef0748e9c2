// SPDX-License-Identifier: Apache-2.0
// SipHash-1-3 with a zero key: 64-bit identities of paths (qid.path). Not a secret and not a signature: it only has to be
// stable and spread well, and recorded sessions of existing clients hold these very values.

let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;
let tail: u64 = 0;
let length: u64 = 0;

function round(): void {
  v0 += v1;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v0 = rotl<u64>(v0, 32);
  v2 += v3;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 += v3;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v2 = rotl<u64>(v2, 32);
}

export function begin(): void {
  v0 = 0x736f6d6570736575;
  v1 = 0x646f72616e646f6d;
  v2 = 0x6c7967656e657261;
  v3 = 0x7465646279746573;
  tail = 0;
  length = 0;
}

export function byte(value: u32): void {
  tail |= (<u64>(value & 0xff)) << (8 * (length & 7));
  length++;
  if ((length & 7) !== 0) return;
  v3 ^= tail;
  round();
  v0 ^= tail;
  tail = 0;
}

export function bytes(start: usize, size: u32): void {
  for (let i: u32 = 0; i < size; i++) byte(load<u8>(start + i));
}

export function finish(): u64 {
  const last = tail | (length << 56);
  v3 ^= last;
  round();
  v0 ^= last;
  v2 ^= 0xff;
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}
