// SPDX-License-Identifier: Apache-2.0
/** What a manifest asks of its board: devices that exist, that may be given away, and that can do what is asked. */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { Board } from '../image/boards.ts';
import type { CompiledManifest } from '../manifest/compile.ts';
import { nearestName } from '../manifest/nearest.ts';
import type { Protection } from '../manifest/schema/protection.ts';
import type { LayoutCode } from './codes.ts';
import { devicesOf } from './devices.ts';
import { refusal } from './refusal.ts';

export function boardChecks(manifest: CompiledManifest, { domains, dma }: Protection, board: Board): Diagnostic[] {
  const devices = devicesOf(board);
  const found: Diagnostic[] = [];
  const refuse = (code: LayoutCode, path: string, message: string): void => {
    found.push(refusal(manifest, code, path, message));
  };
  domains.forEach((domain, index) => {
    for (const key of ['devices', 'interrupts'] as const) {
      domain[key].forEach((name, at) => {
        const path = `protection.domains[${index}].${key}[${at}]`;
        const device = devices.get(name);
        const [has, lacks] = key === 'devices' ? [device?.base, 'registers'] : [device?.irq, 'interrupt'];
        if (device === undefined) {
          const near = nearestName(name, [...devices.keys()]);
          const hint = near === undefined ? `it has ${[...devices.keys()].join(', ')}` : `did you mean ${near}?`;
          refuse('COH3601', path, `board ${board.name} has no device '${name}'; ${hint}`);
        } else if (has === undefined) {
          refuse('COH3603', path, `device ${name} of board ${board.name} has no ${lacks}`);
        } else if (device.isRootTasks) {
          refuse('COH3602', path, `domain ${domain.name} cannot have ${name}: the root task uses it`);
        }
      });
    }
  });
  dma.forEach(({ name, device }, index) => {
    const known = devices.get(device);
    if (known === undefined || known.isBusMaster) return;
    refuse('COH3604', `protection.dma[${index}].device`, `DMA buffer ${name}: ${device} does not access memory`);
  });
  return found;
}
