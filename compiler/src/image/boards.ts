// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the facts about each board that the image packer and the loader need before any device tree has been read: where
 * RAM is, where the console is. Everything else comes from the device tree at run time.
 */
import { failure } from '../../../diagnostics/diagnostic.ts';

export interface Board {
  readonly name: string;
  /** RAM that the kernel is built for; a machine with less is refused by the loader. */
  readonly ramStart: bigint;
  /** Exclusive. */
  readonly ramEnd: bigint;
  /** PL011 that the loader prints its messages on, and the serial console. */
  readonly uartBase: bigint;
  readonly uartIrq: number;
  /** PL031 real-time clock. */
  readonly rtcBase: bigint;
  /** Interrupt of the physical timer that user level programs. */
  readonly timerIrq: number;
  /**
   * Lowest address of the loader. Low enough that a machine started with too little memory still holds the loader, which
   * can then say so.
   */
  readonly loaderBase: bigint;
  /** `CONFIG_PLAT` of a seL4 kernel for this board. */
  readonly sel4Platform: string;
  /** No other timer than the generic one: user space needs the exported counter and timer registers. */
  readonly needsTimerExport: boolean;
}

export const BOARDS: readonly Board[] = [
  {
    name: 'qemu-virt',
    ramStart: 0x4000_0000n,
    ramEnd: 0x8000_0000n,
    uartBase: 0x0900_0000n,
    uartIrq: 33,
    rtcBase: 0x0901_0000n,
    timerIrq: 30,
    loaderBase: 0x4400_0000n,
    sel4Platform: 'qemu-arm-virt',
    needsTimerExport: true,
  },
];

export function findBoard(name: string): Board {
  const board = BOARDS.find((candidate) => candidate.name === name);
  if (board === undefined) {
    const known = BOARDS.map((candidate) => candidate.name).join(', ');
    throw failure('COH0901', `unknown board "${name}"`, `choose one of: ${known}`);
  }
  return board;
}
