// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBoard } from '../../../compiler/src/image/boards.ts';
import { readElf } from '../../../compiler/src/elf/image.ts';
import { packImage } from '../../../compiler/src/image/pack.ts';
import { kernelElf, makeElf, pattern } from '../elf/make-elf.ts';

const board = findBoard('qemu-virt');

const holds = (image: Buffer, bytes: Uint8Array) => image.includes(Buffer.from(bytes));

describe('packImage', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'pack-'));
    writeFileSync(join(dir, 'kernel.elf'), kernelElf());
    writeFileSync(join(dir, 'root.elf'), makeElf({ segments: [{ virtual: 0x40_0000n, data: pattern(999, 9) }] }));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const pack = (folder: string) => {
    mkdirSync(join(dir, folder), { recursive: true });
    const output = join(dir, folder, 'image.elf');
    return packImage({
      kernelElf: join(dir, 'kernel.elf'),
      rootTaskElf: join(dir, 'root.elf'),
      board,
      output,
      gicVersion: 'any',
    });
  };

  it('writes an ELF that holds both payloads at the loader, the same from any folder', async () => {
    const first = await pack('a');
    const image = readFileSync(join(dir, 'a/image.elf'));
    const elf = readElf(image, 'image');
    expect(elf.segments).toHaveLength(1);
    expect(elf.segments[0]).toMatchObject({ virtual: board.loaderBase, physical: board.loaderBase });
    expect(elf.entry).toBe(board.loaderBase);
    expect(holds(image, pattern(999, 9))).toBe(true);
    expect(holds(image, pattern(0x2345))).toBe(true);
    expect(first).toMatchObject({ bytes: image.length, changed: true });
    await pack('b/deeper');
    expect(readFileSync(join(dir, 'b/deeper/image.elf')).equals(image)).toBe(true);
    expect(await pack('a')).toMatchObject({ changed: false });
  });

  it('follows a changed payload, and keeps the old image when the new one is refused', async () => {
    await pack('c');
    const output = join(dir, 'c/image.elf');
    writeFileSync(join(dir, 'root.elf'), makeElf({ segments: [{ virtual: 0x40_0000n, data: pattern(999, 77) }] }));
    expect(await pack('c')).toMatchObject({ changed: true });
    const image = readFileSync(output);
    expect(holds(image, pattern(999, 77))).toBe(true);
    const large = makeElf({ segments: [{ virtual: 0n, data: pattern(1), memoryBytes: 0x4000_0000n }] });
    writeFileSync(join(dir, 'root.elf'), large);
    await expect(pack('c')).rejects.toThrow('does not fit');
    expect(readFileSync(output).equals(image)).toBe(true);
    await expect(pack('d')).rejects.toThrow('does not fit');
    expect(existsSync(join(dir, 'd/image.elf'))).toBe(false);
  });

  it('names a file that it cannot read', async () => {
    const output = join(dir, 'image.elf');
    const missing = join(dir, 'missing.elf');
    const packing = packImage({
      kernelElf: missing,
      rootTaskElf: join(dir, 'root.elf'),
      board,
      output,
      gicVersion: 'any',
    });
    await expect(packing).rejects.toThrow(/cannot read .*missing\.elf: ENOENT/);
  });
});
