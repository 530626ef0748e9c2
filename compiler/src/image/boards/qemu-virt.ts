// SPDX-License-Identifier: Apache-2.0
/** QEMU's machine `virt`. */
import type { Board, Device } from '../board.ts';

/**
 * All virtio-mmio slots of QEMU's virt machine: 32 of 512 bytes, each with an interrupt. Which of them holds the
 * network card depends on how the machine was started, so whoever drives it has them all.
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

export const QEMU_VIRT: Board = {
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
  devices: [VIRTIO_NET],
};
