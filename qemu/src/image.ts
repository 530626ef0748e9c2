// SPDX-License-Identifier: Apache-2.0
// Whether a file is something that QEMU's `virt` board can start. QEMU loads any other file as it is and runs its first
// bytes as instructions: a guest that says nothing, until the time for its prompt is over.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { failure } from '../../diagnostics/diagnostic.ts';
import { QEMU_CODES } from './errors.ts';

const HEAD_BYTES = 64;
const ELF = Buffer.from('7f454c46', 'hex');
const ELF_MACHINE_OFFSET = 18;
const ELF_AARCH64 = 183;
const ARM64_IMAGE = Buffer.from('ARM\x64', 'latin1');
const ARM64_IMAGE_OFFSET = 56;
/** QEMU unpacks these: a gzip of an Image, and the Image that unpacks itself under EFI. */
const GZIP = Buffer.from('1f8b', 'hex');
const EFI_ZBOOT = Buffer.from('zimg', 'latin1');
const EFI_ZBOOT_OFFSET = 4;

/** Refuses a file that is not there, or that is no image. */
export function checkImage(path: string): void {
  const head = readHead(path);
  const holds = (magic: Buffer, at: number): boolean => head.subarray(at, at + magic.length).equals(magic);
  if (holds(ELF, 0)) {
    const machine = head.length < ELF_MACHINE_OFFSET + 2 ? undefined : head.readUInt16LE(ELF_MACHINE_OFFSET);
    if (machine !== ELF_AARCH64) throw refused(`image ${path} is an ELF, but not for AArch64`);
    return;
  }
  if (holds(ARM64_IMAGE, ARM64_IMAGE_OFFSET) || holds(GZIP, 0) || holds(EFI_ZBOOT, EFI_ZBOOT_OFFSET)) return;
  throw refused(`image ${path} is neither an ELF nor an arm64 Image`);
}

function readHead(path: string): Buffer {
  let file: number | undefined;
  try {
    // Without O_NONBLOCK the open of a FIFO waits for a writer.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(file).isFile()) throw refused(`image ${path} is not a regular file`);
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw refused(`image ${path} ${code === 'ENOENT' ? 'does not exist' : `cannot be read: ${code}`}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function refused(message: string): Error {
  return failure(QEMU_CODES.image, message, 'build it with: make image');
}
