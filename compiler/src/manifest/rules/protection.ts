// SPDX-License-Identifier: Apache-2.0
/**
 * Rules for [protection]: names, sizes and what a domain may hold. Channels have rules of their own (channels.ts); what
 * depends on the board or on the components' sizes is checked with the layout (compiler/src/layout).
 */
import { COMPONENT_NAMES } from '../../build/component-table.ts';
import type { CodeTable } from '../codes.ts';
import { nearestName } from '../nearest.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import type { Manifest } from '../schema/manifest.ts';
import { type DomainEntry, type Protection, roleOf } from '../schema/protection.ts';
import { checkPages } from './bounds.ts';
import { channelCodes, checkChannels } from './channels.ts';

export const protectionCodes: CodeTable = {
  COH3401: {
    cause: 'Names become constants in generated modules and fields of fixed size in reports.',
    fix: 'write at most 31 lower-case letters, digits and hyphens, with a letter first and no hyphen last',
  },
  COH3402: {
    cause: 'Names identify domains, and channels and buffers; a second one of the same name could not be told apart.',
    fix: 'rename one of the two',
  },
  COH3403: {
    cause: 'Components are folders of the source tree; no other can be built.',
    fix: 'correct the name',
  },
  COH3404: {
    cause: 'A component is compiled with the slots and addresses of one domain.',
    fix: 'make the domain a pool, or give each domain a component of its own',
  },
  COH3405: {
    cause: 'Memory is mapped in whole pages of 4096 bytes, and every domain needs at least one.',
    fix: 'write a multiple of 4096 that is not 0',
  },
  COH3406: {
    cause: 'A pool has at least one instance; a domain that is no pool has exactly one.',
    fix: 'correct `instances`, or `pool`',
  },
  COH3407: {
    cause: 'The root task has priority 254 and must be able to interrupt every domain; 0 is the idle thread.',
    fix: 'write a priority between 1 and 253',
  },
  COH3408: {
    cause: 'What is there once cannot be given to every instance of a pool.',
    fix: 'leave it to a domain that is no pool',
  },
  COH3409: {
    cause: 'Two drivers of one device would undo what the other does, and nobody could say who did what.',
    fix: 'give the device to one domain only',
  },
  COH3410: {
    cause: 'An interrupt is delivered to one notification and acknowledged by one handler.',
    fix: 'give the interrupt to one domain only',
  },
  COH3411: {
    cause: 'The device window of a domain has sixteen pages.',
    fix: 'spread the devices over several domains',
  },
  COH3412: {
    cause: 'The domain table has one word for each instance, in one page.',
    fix: 'make the pools smaller',
  },
  COH3413: {
    cause: 'A time of nothing is no time: the supervisor could never wait that long.',
    fix: 'write 1 or more',
  },
  COH3414: {
    cause:
      'The domain that holds the registers of a device is its driver, and only a driver may see what its device reads and writes.',
    fix: 'name a device that one of the domains lists in `devices`',
  },
  COH3415: {
    cause: 'Each source of events has a bit of a badge; bit 0 is the root task, and bits from 62 on are reserved.',
    fix: 'spread the interrupts and rings over several domains',
  },
  COH3416: {
    cause: 'The list would grant the same thing twice.',
    fix: 'remove the second entry',
  },
  COH3417: {
    cause: 'Without domains nothing would run.',
    fix: 'remove [protection] to have the default domains, or describe yours',
  },
  COH3418: {
    cause: 'Workers are started by role, and each role has its pool.',
    fix: 'give every pool, and pools only, a `role` of its own',
  },
  ...channelCodes,
};

export function checkProtection({ protection }: Manifest, report: Report): void {
  if (protection === undefined) return;
  checkNames(protection, report);
  protection.domains.forEach((domain, index) => {
    const path = `protection.domains[${index}]`;
    checkSizes(domain, path, report);
    checkPool(domain, path, report);
    checkTimes(domain, path, report);
    checkEvents(domain, protection, path, report);
  });
  checkComponents(protection, report);
  checkRoles(protection, report);
  checkHolders(protection, report);
  checkTotals(protection, report);
  checkDma(protection, report);
  checkChannels(protection, report);
}

export function isName(name: string): boolean {
  return name.length <= limit.MAX_DOMAIN_NAME_LEN && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);
}

function checkNames({ domains, rings, calls, dma }: Protection, report: Report): void {
  const named = (table: string, entries: readonly { name: string }[]) =>
    entries.map(({ name }, index) => ({ name, path: `protection.${table}[${index}].name` }));
  checkNameSet('domain', named('domains', domains), [limit.ROOT_TASK_NAME], report);
  checkNameSet('channel', [...named('rings', rings), ...named('calls', calls), ...named('dma', dma)], [], report);
}

function checkNameSet(
  what: string,
  names: readonly { name: string; path: string }[],
  taken: readonly string[],
  report: Report,
): void {
  const seen = new Set(taken);
  for (const { name, path } of names) {
    if (!isName(name)) report.error('COH3401', path, `${what} name '${name}' is malformed`);
    else if (seen.has(name)) report.error('COH3402', path, `${what} name '${name}' is taken`);
    seen.add(name);
  }
}

function checkSizes(domain: DomainEntry, path: string, report: Report): void {
  for (const key of ['stack_bytes', 'memory_bytes'] as const) {
    checkPages(report, `${path}.${key}`, domain[key], `${key} of domain ${domain.name}`);
  }
  if (domain.priority < 1 || domain.priority >= limit.ROOT_TASK_PRIORITY) {
    const message = `priority ${domain.priority} of domain ${domain.name} is outside 1..=${limit.ROOT_TASK_PRIORITY - 1}`;
    report.error('COH3407', `${path}.priority`, message);
  }
  if (domain.devices.length > limit.MAX_REGIONS) {
    const message = `domain ${domain.name} has ${domain.devices.length} devices, more than ${limit.MAX_REGIONS}`;
    report.error('COH3411', `${path}.devices`, message);
  }
}

function checkPool(domain: DomainEntry, path: string, report: Report): void {
  const { name, pool, instances } = domain;
  if (pool && instances < 1) {
    report.error('COH3406', `${path}.instances`, `pool ${name} has no instances`);
  } else if (!pool && instances !== 1) {
    report.error('COH3406', `${path}.instances`, `domain ${name} has ${instances} instances but is no pool`);
  }
  if (!pool) return;
  if (domain.server) report.error('COH3408', `${path}.server`, `pool ${name} cannot be a server`);
  for (const key of ['devices', 'interrupts'] as const) {
    if (domain[key].length > 0) report.error('COH3408', `${path}.${key}`, `pool ${name} cannot hold ${key}`);
  }
}

function checkTimes(domain: DomainEntry, path: string, report: Report): void {
  const times = { 'restart.window_ms': domain.restart.window_ms, watchdog_ms: domain.watchdog_ms };
  for (const [key, value] of Object.entries(times)) {
    if (value === 0) report.error('COH3413', `${path}.${key}`, `${key} of domain ${domain.name} must be >= 1`);
  }
}

function checkEvents({ name, interrupts }: DomainEntry, { rings }: Protection, path: string, report: Report): void {
  const sources = interrupts.length + rings.filter((ring) => ring.producer === name || ring.consumer === name).length;
  if (sources <= limit.MAX_EVENT_SOURCES) return;
  const message = `domain ${name} has ${sources} sources of events, more than ${limit.MAX_EVENT_SOURCES}`;
  report.error('COH3415', [`${path}.name`, 'protection.rings'], message);
}

function checkComponents(protection: Protection, report: Report): void {
  const users = new Map<string, DomainEntry>();
  protection.domains.forEach((domain, index) => {
    const { name, component } = domain;
    const path = `protection.domains[${index}].component`;
    const user = users.get(component);
    if (!COMPONENT_NAMES.includes(component)) {
      const near = nearestName(component, COMPONENT_NAMES);
      const hint = near === undefined ? `known are ${COMPONENT_NAMES.join(', ')}` : `did you mean ${near}?`;
      report.error('COH3403', path, `unknown component '${component}'; ${hint}`);
    } else if (user !== undefined && !mayShareComponent(domain, user, protection)) {
      report.error('COH3404', path, `component ${component} of domain ${name} runs in domain ${user.name} already`);
    }
    users.set(component, user ?? domain);
  });
}

/** Pools hold no devices, rings or buffers, so these are all that their slots and addresses follow from. */
function mayShareComponent(a: DomainEntry, b: DomainEntry, { calls }: Protection): boolean {
  const shape = ({ name, memory_bytes, stack_bytes, supervisor }: DomainEntry): string =>
    JSON.stringify([memory_bytes, stack_bytes, supervisor, calls.filter(({ clients }) => clients.includes(name))]);
  return a.pool && b.pool && shape(a) === shape(b);
}

function checkRoles({ domains }: Protection, report: Report): void {
  const holders = new Map<string, string>();
  domains.forEach((domain, index) => {
    const path = `protection.domains[${index}]`;
    const role = roleOf(domain);
    if (!domain.pool) {
      if (domain.role === null) return;
      report.error('COH3418', `${path}.role`, `domain ${domain.name} has a role but is no pool`);
    } else if (role === undefined || role === 'queen') {
      report.error(
        'COH3418',
        `${path}.${role === undefined ? 'name' : 'role'}`,
        `pool ${domain.name} has no worker's role`,
      );
    } else {
      const holder = holders.get(role);
      if (holder === undefined) holders.set(role, domain.name);
      else
        report.error('COH3418', `${path}.name`, `pool ${domain.name} has role ${role}, but ${holder} has it already`);
    }
  });
}

/** Devices and interrupts have one holder. */
function checkHolders({ domains }: Protection, report: Report): void {
  const lists = [
    ['devices', 'COH3409', 'device'],
    ['interrupts', 'COH3410', 'interrupt of'],
  ] as const;
  for (const [key, code, what] of lists) {
    const holders = new Map<string, string>();
    domains.forEach((domain, index) => {
      domain[key].forEach((device, at) => {
        const holder = holders.get(device);
        if (holder !== undefined) {
          const message = `${what} ${device} is given to domain ${domain.name}, but ${holder} has it already`;
          report.error(code, `protection.domains[${index}].${key}[${at}]`, message);
        }
        holders.set(device, domain.name);
      });
    });
  }
  domains.forEach(({ name, supervisor }, index) => {
    supervisor.forEach((group, at) => {
      if (supervisor.indexOf(group) === at) return;
      const message = `supervisor calls '${group}' are granted to domain ${name} twice`;
      report.error('COH3416', `protection.domains[${index}].supervisor[${at}]`, message);
    });
  });
}

function checkTotals({ domains }: Protection, report: Report): void {
  if (domains.length === 0) report.error('COH3417', 'protection.domains', 'protection.domains is empty');
  const instances = domains.reduce((sum, domain) => sum + domain.instances, 0);
  if (instances <= limit.MAX_INSTANCES) return;
  const message = `${instances} instances of domains are more than ${limit.MAX_INSTANCES}`;
  const largest = domains.reduce((best, { instances: n }, at) => (n > (domains[best]?.instances ?? 0) ? at : best), 0);
  report.error('COH3412', [`protection.domains[${largest}].instances`, 'protection.domains'], message);
}

function checkDma({ domains, dma }: Protection, report: Report): void {
  dma.forEach(({ name, device, bytes }, index) => {
    const path = `protection.dma[${index}]`;
    checkPages(report, `${path}.bytes`, bytes, `size of DMA buffer ${name}`);
    if (domains.some((domain) => domain.devices.includes(device))) return;
    report.error('COH3414', [`${path}.device`, 'protection.domains'], `DMA buffer ${name}: no domain drives ${device}`);
  });
}
