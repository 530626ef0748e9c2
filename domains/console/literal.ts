// SPDX-License-Identifier: Apache-2.0
// ASCII literals as bytes, for what takes a slice of linear memory.

const BYTES: i32 = 128;
const buffer = memory.data(128);

/** The literal's bytes, which hold until the next one is asked for. */
export function bytes(value: string): usize {
  for (let i = 0; i < min(value.length, BYTES); i++) store<u8>(buffer + i, <u8>value.charCodeAt(i));
  return buffer;
}
