/** Devices of a board, under the names that manifests use. */
import type { Board } from '../image/boards.ts';

export interface Device {
  readonly name: string;
  /** Physical address of its page of registers; absent: no registers that are mapped. */
  readonly base?: bigint;
  readonly irq?: number;
  readonly isEdgeTriggered: boolean;
  /** Reads and writes memory by itself. */
  readonly isBusMaster: boolean;
  /** The root task keeps it: no domain may have it. */
  readonly isRootTasks: boolean;
}

export function devicesOf(board: Board): ReadonlyMap<string, Device> {
  const plain = { isEdgeTriggered: false, isBusMaster: false, isRootTasks: false };
  const devices: Device[] = [
    { ...plain, name: 'pl011', base: board.uartBase, irq: board.uartIrq },
    { ...plain, name: 'pl031', base: board.rtcBase, isRootTasks: true },
    { ...plain, name: 'timer', irq: board.timerIrq, isRootTasks: true },
    ...(board.name === 'qemu-virt' ? [VIRTIO_NET] : []),
  ];
  return new Map(devices.map((device) => [device.name, device]));
}

/** The page with the last eight virtio-mmio slots of QEMU's virt machine; its network card sits in the very last one. */
const VIRTIO_NET: Device = {
  name: 'virtio-net',
  base: 0x0a00_3000n,
  irq: 79,
  isEdgeTriggered: true,
  isBusMaster: true,
  isRootTasks: false,
};
