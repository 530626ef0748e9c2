// SPDX-License-Identifier: Apache-2.0
/** Diagnostic codes of the layout: what depends on the board, or on the components as they were built. */
import type { CodeTable } from '../manifest/codes.ts';

export const layoutCodes = {
  COH3601: {
    cause: 'Device names are those of the board that the image is built for.',
    fix: 'correct the name, or build for the board that has the device',
  },
  COH3602: {
    cause: 'The root task keeps the clock and the timer, which every domain depends on.',
    fix: 'remove the device from the domain',
  },
  COH3603: {
    cause: 'What the device does not have cannot be given to a domain.',
    fix: 'remove the entry',
  },
  COH3604: {
    cause: 'Memory for DMA is memory that a device reads and writes by itself.',
    fix: 'remove the buffer; give the domain more `memory_bytes` if it needs them',
  },
  COH3605: {
    cause: 'Every instance starts from zeroed memory, so there is nowhere to take initial values from.',
    fix: 'make the variable constant, or set it in the start code',
  },
  COH3606: {
    cause: 'Components are linked for one address space, which docs/domains.md draws.',
    fix: 'link the component with kernel/runtime/domain/domain.ld',
  },
  COH3607: {
    cause: 'Code and data of a component end below its stack, with one unmapped page between them.',
    fix: 'make the component or its stack smaller',
  },
  COH3608: {
    cause: 'The worst case is that of the deepest chain of calls, found in the wasm module and the C around it.',
    fix: 'raise `stack_bytes`',
  },
  COH3609: {
    cause:
      'Every instance that may run has its memory set aside; channels, DMA buffers and component images come on top.',
    fix: 'make pools or `memory_bytes` smaller',
  },
  COH3610: {
    cause: 'The root task holds a capability to every object and every mapping that it may have to take back.',
    fix: 'make pools or `memory_bytes` smaller',
  },
  COH3611: {
    cause: 'The image carries every component that the manifest names.',
    fix: 'build the component',
  },
  COH3612: {
    cause: 'A layout holds nothing but what the manifest declares; this one does, so the compiler is at fault.',
    fix: 'report it together with the manifest',
  },
  COH3613: {
    cause:
      'The root task keeps endpoints, notifications, frames of channels and device frames in a table of fixed size.',
    fix: 'make channels smaller; each page of one is an object',
  },
} as const satisfies CodeTable;

export type LayoutCode = keyof typeof layoutCodes;
