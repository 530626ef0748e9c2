// SPDX-License-Identifier: Apache-2.0
/** Devices of a board, under the names that manifests use. */
import type { Board } from '../image/boards.ts';

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

export function devicesOf(board: Board): ReadonlyMap<string, Device> {
  const plain = { pages: 1, irqs: 1, isEdgeTriggered: false, isBusMaster: false, isRootTasks: false };
  const devices: Device[] = [
    { ...plain, name: 'pl011', base: board.uartBase, irq: board.uartIrq },
    { ...plain, name: 'pl031', base: board.rtcBase, isRootTasks: true },
    { ...plain, name: 'timer', irq: board.timerIrq, isRootTasks: true },
    ...(board.name === 'qemu-virt' ? [VIRTIO_NET] : []),
  ];
  return new Map(devices.map((device) => [device.name, device]));
}

/**
 * All virtio-mmio slots of QEMU's virt machine: 32 of 512 bytes, each with an interrupt. Which of them holds the network card
 * depends on how the machine was started, so whoever drives it has them all.
 */
const VIRTIO_NET: Device = {
  name: 'virtio-net',
  base: 0x0a00_0000n,
  pages: 4,
  irq: 48,
  irqs: 32,
  isEdgeTriggered: true,
  isBusMaster: true,
  isRootTasks: false,
};

/** Name of page or interrupt `n` of a device, as it stands in the layout. */
export function partName(device: string, n: number): string {
  return n === 0 ? device : `${device} + ${n}`;
}
