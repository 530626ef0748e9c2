// SPDX-License-Identifier: Apache-2.0
/**
 * The domains of a manifest that does not spell out its own: those of the architecture, sized for QEMU's virt board.
 */
import type { ROLES } from './core.ts';
import { ROOT_TASK_NAME } from './limits.ts';

const RESTART = { max: 5, window_ms: 60_000, backoff_ms: 10 };
/** A worker that died is gone; whoever wants another one spawns it. */
const NO_RESTART = { ...RESTART, max: 0 };
const KIB = 1024;

const DOMAIN = {
  stack_bytes: 8 * KIB,
  memory_bytes: 8 * KIB,
  pool: false,
  role: null as (typeof ROLES)[number] | null,
  instances: 1,
  server: false,
  devices: [] as string[],
  interrupts: [] as string[],
  supervisor: [] as ('info' | 'spawn' | 'kill' | 'lifecycle')[],
  restart: RESTART,
  watchdog_ms: 500,
};

const worker = (
  name: (typeof ROLES)[number],
  instances: number,
): typeof DOMAIN & { name: string; component: string; priority: number } => ({
  ...DOMAIN,
  name,
  component: 'worker',
  priority: 100,
  pool: true,
  role: name,
  instances,
  restart: NO_RESTART,
  watchdog_ms: 2000,
});

const WORKERS = [
  worker('worker-heartbeat', 256),
  worker('worker-gpu', 8),
  worker('worker-bus', 8),
  worker('worker-lora', 8),
];

export const DEFAULT_DOMAINS = [
  { ...DOMAIN, name: 'uart', component: 'uart', priority: 200, devices: ['pl011'], interrupts: ['pl011'] },
  {
    ...DOMAIN,
    name: 'net',
    component: 'net',
    priority: 190,
    stack_bytes: 16 * KIB,
    memory_bytes: 2560 * KIB,
    devices: ['virtio-net'],
    interrupts: ['virtio-net'],
  },
  {
    ...DOMAIN,
    name: 'ninedoor',
    component: 'ninedoor',
    priority: 150,
    stack_bytes: 32 * KIB,
    memory_bytes: 6144 * KIB,
    server: true,
    supervisor: ['info', 'spawn', 'kill', 'lifecycle'] as typeof DOMAIN.supervisor,
  },
  {
    ...DOMAIN,
    name: 'console',
    component: 'console',
    priority: 120,
    stack_bytes: 16 * KIB,
    memory_bytes: 1024 * KIB,
    supervisor: ['info'] as typeof DOMAIN.supervisor,
  },
  ...WORKERS,
];

export const DEFAULT_RINGS = [
  { name: 'serial-in', producer: 'uart', consumer: 'console', bytes: 4 * KIB },
  { name: 'serial-out', producer: 'console', consumer: 'uart', bytes: 8 * KIB },
  { name: 'log', producer: ROOT_TASK_NAME, consumer: 'console', bytes: 16 * KIB },
  // Connections (lib/channel/stream.ts), and the table of the card's and the stack's counters
  // (lib/channel/counters.ts).
  { name: 'net-console', producer: 'net', consumer: 'console', bytes: 36 * KIB },
  { name: 'console-net', producer: 'console', consumer: 'net', bytes: 68 * KIB },
  { name: 'net-ninedoor', producer: 'net', consumer: 'ninedoor', bytes: 68 * KIB },
  { name: 'ninedoor-net', producer: 'ninedoor', consumer: 'net', bytes: 132 * KIB },
  { name: 'net-counters', producer: 'net', consumer: 'ninedoor', bytes: 4 * KIB },
];

/** Rings and buffers of the network card's driver (domains/net/virtio/driver.ts). */
export const DEFAULT_DMA = [{ name: 'net', device: 'virtio-net', bytes: 264 * KIB }];

export const DEFAULT_CALLS = [
  { name: 'console-9p', clients: ['console'], server: 'ninedoor', bytes: 16 * KIB },
  { name: 'worker-9p', clients: WORKERS.map(({ name }) => name), server: 'ninedoor', bytes: 0 },
];
