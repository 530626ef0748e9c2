// SPDX-License-Identifier: Apache-2.0
/** The boards that images are built for: each is a file in boards/. */
import { failure } from '../../../diagnostics/diagnostic.ts';
import type { Board } from './board.ts';
import { QEMU_VIRT } from './boards/qemu-virt.ts';

export type { Board } from './board.ts';

export const BOARDS: readonly Board[] = [QEMU_VIRT];

export function findBoard(name: string): Board {
  const board = BOARDS.find((candidate) => candidate.name === name);
  if (board === undefined) {
    const known = BOARDS.map((candidate) => candidate.name).join(', ');
    throw failure('COH0901', `unknown board "${name}"`, `choose one of: ${known}`);
  }
  return board;
}
