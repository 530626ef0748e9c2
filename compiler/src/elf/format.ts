// SPDX-License-Identifier: Apache-2.0
/** What every reader of ELF files asks first: 64 bits, little-endian. */
import { type Failure, failure } from '../../../diagnostics/diagnostic.ts';

const HEADER_BYTES = 64;

/** A refusal that names the file. */
export type Bad = (what: string, fix?: string) => Failure;

/** `label` names the file in messages ("kernel", "root task"). */
export function openElf(bytes: Uint8Array, label: string): { view: DataView; bad: Bad } {
  const bad: Bad = (what, fix) => failure('COH0910', `${label}: ${what}`, fix);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== 0x7f454c46) throw bad('not an ELF file');
  if (bytes[4] !== 2) throw bad('a 32-bit ELF file, but the image is 64-bit');
  if (bytes[5] !== 1) throw bad('a big-endian ELF file, but the image is little-endian');
  return { view, bad };
}
