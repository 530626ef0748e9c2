// SPDX-License-Identifier: Apache-2.0
/** Devices of a board, under the names that manifests use. */
import type { Board, Device } from '../image/board.ts';

export type { Device } from '../image/board.ts';

export function devicesOf(board: Board): ReadonlyMap<string, Device> {
  const plain = { pages: 1, irqs: 1, isEdgeTriggered: false, isBusMaster: false, isRootTasks: false };
  const devices: Device[] = [
    { ...plain, name: 'pl011', base: board.uartBase, irq: board.uartIrq },
    { ...plain, name: 'pl031', base: board.rtcBase, isRootTasks: true },
    { ...plain, name: 'timer', irq: board.timerIrq, isRootTasks: true },
    ...board.devices,
  ];
  return new Map(devices.map((device) => [device.name, device]));
}

/** Name of page or interrupt `n` of a device, as it stands in the layout. */
export function partName(device: string, n: number): string {
  return n === 0 ? device : `${device} + ${n}`;
}
