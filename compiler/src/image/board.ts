// SPDX-License-Identifier: Apache-2.0
/**
 * Owns what a board is: the facts that the image packer, the layout and the loader need before any device tree has been
 * read. Everything else comes from the device tree at run time.
 */

export interface Device {
  readonly name: string;
  /** Physical address of its page of registers; absent: no registers that are mapped. */
  readonly base?: bigint;
  /** Pages of registers, one behind the other. */
  readonly pages: number;
  readonly irq?: number;
  /** Interrupts, one behind the other. */
  readonly irqs: number;
  readonly isEdgeTriggered: boolean;
  /** Reads and writes memory by itself. */
  readonly isBusMaster: boolean;
  /** The root task keeps it: no domain may have it. */
  readonly isRootTasks: boolean;
}

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
   * Lowest address of the loader. Low enough that a machine started with too little memory still holds the loader,
   * which can then say so.
   */
  readonly loaderBase: bigint;
  /** `CONFIG_PLAT` of a seL4 kernel for this board. */
  readonly sel4Platform: string;
  /** Devices of this board alone, beside serial port, clock and timer. */
  readonly devices: readonly Device[];
  /** No other timer than the generic one: user space needs the exported counter and timer registers. */
  readonly needsTimerExport: boolean;
}
