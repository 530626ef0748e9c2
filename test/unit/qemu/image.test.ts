// SPDX-License-Identifier: Apache-2.0
// A file that is no image is refused before anything starts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkImage } from '../../../qemu/src/image.ts';
import { Machine } from '../../../qemu/src/machine.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'qemu-image-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** 64 bytes of nothing, with these at their places. */
function head(...parts: [offset: number, hex: string][]): Buffer {
  const bytes = Buffer.alloc(64);
  for (const [offset, hex] of parts) bytes.write(hex, offset, 'hex');
  return bytes;
}

function file(bytes: Buffer): string {
  const path = join(dir, 'file');
  writeFileSync(path, bytes);
  return path;
}

describe('images', () => {
  it.each([
    ['an ELF for AArch64', head([0, '7f454c46'], [18, 'b700'])],
    ['an arm64 Image', head([56, '41524d64'])],
    ['a gzip', head([0, '1f8b'])],
    ['an Image that unpacks itself', head([0, '4d5a00007a696d67'])],
  ])('%s is taken', (_name, bytes) => expect(checkImage(file(bytes))).toBeUndefined());

  it.each([
    ['an ELF of another machine', head([0, '7f454c46'], [18, '3e00']), 'is an ELF, but not for AArch64'],
    ['half an ELF head', Buffer.from('7f454c46', 'hex'), 'is an ELF, but not for AArch64'],
    ['text', Buffer.from('# a text\n'), 'is neither an ELF nor an arm64 Image'],
    ['an empty file', Buffer.alloc(0), 'is neither an ELF nor an arm64 Image'],
  ])('%s is refused', async (_name, bytes, reason) => {
    const image = file(bytes);
    expect(() => checkImage(image)).toThrow(`image ${image} ${reason}`);
    await expect(Machine.start({ image })).rejects.toThrow(reason);
  });

  it('must be files', () => {
    mkdirSync(join(dir, 'folder'));
    expect(() => checkImage(join(dir, 'folder'))).toThrow('folder is not a regular file');
    expect(() => checkImage(join(dir, 'none'))).toThrow('none does not exist');
  });
});
