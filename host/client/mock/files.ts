// SPDX-License-Identifier: Apache-2.0
/** Names of the files that the mock is made of: for what builds them and for what looks for them. */
export const WASM_FILE = 'ninedoor.wasm';
/** `{"queen":"<64 hex digits>", …}`: BLAKE3 of each secret. */
export const KEYS_FILE = 'ninedoor.keys.json';
