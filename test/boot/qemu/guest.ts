// SPDX-License-Identifier: Apache-2.0
// Builds the bare-metal guest that these tests drive, into out/test/qemu-fixture.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const FIXTURE = join(ROOT, 'test/boot/qemu/fixture');
const OUTPUT = join(ROOT, 'out/test/qemu-fixture');

const FLAGS = (
  '--target=aarch64-none-elf -mcpu=cortex-a57 -mgeneral-regs-only -mstrict-align -std=c11 -ffreestanding ' +
  '-fno-builtin -Os -Wall -Wextra -Werror -nostdlib -fuse-ld=lld -static'
).split(' ');

/** The guest's image; `defines` choose its temper (see guest.c). */
export function buildGuest(...defines: ('MUTE' | 'DIE' | 'GICV3')[]): string {
  mkdirSync(OUTPUT, { recursive: true });
  const image = join(OUTPUT, `guest${defines.map((d) => `-${d.toLowerCase()}`).join('')}.elf`);
  const sources = ['start.S', 'guest.c'].map((file) => join(FIXTURE, file));
  const script = `-Wl,-T,${join(FIXTURE, 'guest.lds')}`;
  execFileSync('clang', [...FLAGS, ...defines.map((d) => `-D${d}`), script, ...sources, '-o', image], {
    stdio: 'pipe',
  });
  return image;
}
