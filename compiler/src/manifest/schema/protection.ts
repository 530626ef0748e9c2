// SPDX-License-Identifier: Apache-2.0
/**
 * Schema of the tables that schema 2.0 adds: protection domains, the channels between them, and memory for devices.
 * docs/domains.md explains the terms. A manifest without [protection] has the domains of protection-defaults.ts.
 */
import { array, boolean, oneOf, optional, string, table, u16, u32, u8, type ValueOf } from './dsl.ts';
import { ROLES } from './core.ts';
import { ROOT_TASK_NAME } from './limits.ts';
import { DEFAULT_CALLS, DEFAULT_DMA, DEFAULT_DOMAINS, DEFAULT_RINGS } from './protection-defaults.ts';

/** Groups of supervisor calls, as bits of a mask. */
export const SUPERVISOR_CALLS = { info: 1, spawn: 2, kill: 4, lifecycle: 8 } as const;
export type SupervisorCall = keyof typeof SUPERVISOR_CALLS;
const SUPERVISOR_CALL_NAMES = Object.keys(SUPERVISOR_CALLS) as readonly SupervisorCall[];

export const RESTART_DEFAULT = { max: 5, window_ms: 60_000, backoff_ms: 10 } as const;

export const domain = table('One protection domain, or a pool of equal ones.', {
  name: string('Name of the domain: lower-case letters, digits and hyphens.'),
  component: string('Component that runs in it; only pools that are alike but for their role share one.'),
  priority: u8('seL4 priority; the root task has 254.', { min: 1, max: 253 }),
  stack_bytes: u32('Size of the stack, a multiple of 4096.', { min: 4096 }),
  memory_bytes: u32('Size of the private linear memory, a multiple of 4096.', { min: 4096 }),
  pool: boolean('Whether instances are started on demand, as workers are.', { default: false }),
  role: optional(oneOf('Role of the workers of a pool. A pool that is named after a role has that one.', ROLES)),
  instances: u16('Most instances that may run at once; 1 unless the domain is a pool.', {
    default: 1,
    min: 1,
    max: 512,
  }),
  server: boolean('Whether other domains may call it.', { default: false }),
  devices: array('Devices whose registers are mapped, in the order of the regions.', string('Device of the board.'), {
    default: [],
  }),
  interrupts: array('Devices whose interrupt the domain handles.', string('Device of the board.'), { default: [] }),
  supervisor: array(
    'Calls to the root task that the domain may make.',
    oneOf('Group of calls.', SUPERVISOR_CALL_NAMES),
    { default: [] },
  ),
  restart: table('What happens after a fault.', {
    max: u16('Restarts within the window before the supervisor gives up; 0: never restarted.', {
      default: RESTART_DEFAULT.max,
    }),
    window_ms: u32('Length of the window, in milliseconds.', { default: RESTART_DEFAULT.window_ms, min: 1 }),
    backoff_ms: u32('Pause before a restart, in milliseconds.', { default: RESTART_DEFAULT.backoff_ms }),
  }),
  watchdog_ms: u32('Time without progress after which the domain counts as hung, in milliseconds.', {
    default: 500,
    min: 1,
  }),
});

export const ring = table('One byte ring in shared frames: single producer, single consumer.', {
  name: string('Name of the channel.'),
  producer: string(`Domain that writes, or "${ROOT_TASK_NAME}".`),
  consumer: string('Domain that reads.'),
  bytes: u32('Size of the shared frames, a multiple of 4096.', { min: 4096 }),
});

export const call = table('One call channel.', {
  name: string('Name of the channel.'),
  clients: array('Domains that call; more than one only without a buffer.', string('Domain.')),
  server: string('Domain that is called; it has the higher priority.'),
  bytes: u32('Size of the message buffer in shared frames, a multiple of 8192; 0: message registers only.', {
    default: 0,
  }),
});

export const dmaBuffer = table('Frames that a device reads and writes, mapped in its driver only.', {
  name: string('Name of the buffer.'),
  device: string('Device of the board; the domain that holds its registers is its driver.'),
  bytes: u32('Size, a multiple of 4096.', { min: 4096 }),
});

export const protection = table('Protection domains, and what each of them holds.', {
  domains: array('Domains in the order of their instance numbers.', domain, { absent: DEFAULT_DOMAINS }),
  rings: array('Byte rings.', ring, { default: [], absent: DEFAULT_RINGS }),
  calls: array('Call channels.', call, { default: [], absent: DEFAULT_CALLS }),
  dma: array('Memory for devices.', dmaBuffer, { default: [], absent: DEFAULT_DMA }),
});

export type Protection = ValueOf<typeof protection>;
export type DomainEntry = Protection['domains'][number];

/** What workers of the pool are ticketed as; none for a domain that is no pool. */
export function roleOf({ pool, role, name }: DomainEntry): (typeof ROLES)[number] | undefined {
  return pool ? (role ?? ROLES.find((known) => known === name)) : undefined;
}
