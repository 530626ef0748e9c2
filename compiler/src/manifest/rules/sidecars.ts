// SPDX-License-Identifier: Apache-2.0
/** Rules for field-bus and LoRa sidecars, one adapter at a time and all of them together. */
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import type { Manifest } from '../schema/manifest.ts';
import { enabledAdapters, resolveMounts } from '../sidecar-mounts.ts';
import { atLeastOne, atMost, withinMsize } from './bounds.ts';
import { componentsOf, pathFault } from './paths.ts';

export const sidecarCodes: CodeTable = {
  COH2201: {
    cause: "Adapters need a directory in the node's tree that clients can walk to.",
    fix: 'write an absolute path, such as "/bus", within `secure9p.walk_depth`',
  },
  COH2202: {
    cause: "An adapter's files lie two levels below mount_at, out of reach for a shorter walk.",
    fix: 'raise `secure9p.walk_depth`, or mount the sidecar higher up',
  },
  COH2203: {
    cause: 'A sidecar without adapters serves nothing.',
    fix: 'declare an adapter, or set `enable = false`',
  },
  COH2204: {
    cause: 'Names of adapters, of their directories and of their scopes become path components.',
    fix: 'write a name of 1 to 64 bytes without "/" that is not ".."',
  },
  COH2205: {
    cause: 'A serial link does not run without a speed.',
    fix: 'add the speed, e.g. `baud = 19200`',
  },
  COH2206: {
    cause: 'The spool is a fixed table of 1 to 256 entries.',
    fix: 'write a number between 1 and 256',
  },
  COH2207: {
    cause: 'The spool is read in one frame, so it holds 1 byte to one frame.',
    fix: 'write a size between 1 and `secure9p.msize`',
  },
  COH2208: {
    cause: 'A scope grants access to one adapter; with two of them a ticket would open both.',
    fix: 'give every adapter its own scope',
  },
  COH2301: {
    cause: 'The region selects the radio bands and their legal limits.',
    fix: 'write the region, e.g. "us915"',
  },
  COH2302: {
    cause: 'The duty cycle is a share of the window, in percent.',
    fix: 'write a number between 1 and 100',
  },
  COH2303: {
    cause: 'The duty cycle is counted within this window.',
    fix: 'write 1 or more',
  },
  COH2304: {
    cause: 'A payload travels in one frame.',
    fix: 'write a size between 1 and `secure9p.msize`',
  },
  COH2305: {
    cause: 'The tamper log needs room for at least one entry.',
    fix: 'write 1 or more',
  },
  COH2401: {
    cause: 'A scope grants access to one adapter, whatever its kind.',
    fix: 'give every adapter its own scope',
  },
  COH2402: {
    cause: 'Spools and tamper logs (128 bytes an entry) share 16384 bytes of memory.',
    fix: 'make spools or tamper logs smaller',
  },
  COH3302: {
    cause:
      'A directory name that is taken gets a prefix made from kind, id and mount; two adapters have all three equal.',
    fix: 'give one of the adapters another mount or id',
  },
};

type BusKind = 'modbus' | 'dnp3';

export function checkBusSidecar(kind: BusKind, manifest: Manifest, report: Report): void {
  const label = `sidecars.${kind}`;
  const sidecar = manifest.sidecars[kind];
  if (!sidecar.enable) return;
  checkMountAt(label, sidecar.mount_at, manifest, report);
  checkHasAdapters(label, sidecar.adapters.length, report);
  sidecar.adapters.forEach((adapter, index) => {
    const path = `${label}.adapters[${index}]`;
    const name = `${label}.adapters[]`;
    checkNames(name, path, adapter, report);
    if (adapter.link === 'serial' && adapter.baud === 0) {
      report.error('COH2205', [`${path}.baud`, `${path}.link`], `${name}.baud must be >= 1 for serial links`);
    }
    const { max_entries, max_bytes } = adapter.spool;
    const entries = `${path}.spool.max_entries`;
    if (atLeastOne(report, 'COH2206', entries, max_entries, `${name}.spool.max_entries`)) {
      const entriesName = `${name}.spool.max_entries`;
      atMost(report, 'COH2206', entries, max_entries, limit.MAX_SPOOL_ENTRIES, 'max', entriesName);
    }
    const bytes = `${path}.spool.max_bytes`;
    if (atLeastOne(report, 'COH2207', bytes, max_bytes, `${name}.spool.max_bytes`)) {
      withinMsize(report, 'COH2207', bytes, max_bytes, manifest.secure9p.msize, `${name}.spool.max_bytes`);
    }
  });
  checkOwnScopes(label, sidecar.adapters, report);
}

export function checkLora(manifest: Manifest, report: Report): void {
  const label = 'sidecars.lora';
  const { lora } = manifest.sidecars;
  if (!lora.enable) return;
  checkMountAt(label, lora.mount_at, manifest, report);
  checkHasAdapters(label, lora.adapters.length, report);
  lora.adapters.forEach((adapter, index) => {
    const path = `${label}.adapters[${index}]`;
    const name = `${label}.adapters[]`;
    checkNames(name, path, adapter, report);
    if (adapter.region === '') report.error('COH2301', `${path}.region`, `${name}.region must not be empty`);
    if (adapter.duty_cycle_percent < 1 || adapter.duty_cycle_percent > 100) {
      report.error('COH2302', `${path}.duty_cycle_percent`, `${name}.duty_cycle_percent must be 1..=100`);
    }
    atLeastOne(report, 'COH2303', `${path}.window_ms`, adapter.window_ms, `${name}.window_ms`);
    const payload = `${path}.max_payload_bytes`;
    const payloadName = `${name}.max_payload_bytes`;
    if (atLeastOne(report, 'COH2304', payload, adapter.max_payload_bytes, payloadName)) {
      withinMsize(report, 'COH2304', payload, adapter.max_payload_bytes, manifest.secure9p.msize, payloadName);
    }
    const log = 'tamper_log_max_entries';
    atLeastOne(report, 'COH2305', `${path}.${log}`, adapter[log], `${name}.${log}`);
  });
  checkOwnScopes(label, lora.adapters, report);
}

function checkMountAt(label: string, mountAt: string, { secure9p }: Manifest, report: Report): void {
  const path = `${label}.mount_at`;
  const depth = secure9p.walk_depth;
  const fault = pathFault(mountAt, { depth: `exceeds secure9p.walk_depth ${depth}`, maxDepth: depth });
  const needed = componentsOf(mountAt).length + 2;
  if (fault !== undefined) {
    report.error('COH2201', [path, 'secure9p.walk_depth'], `${path} ${fault}`);
  } else if (needed > depth) {
    report.error('COH2202', [path, 'secure9p.walk_depth'], `${path} requires secure9p.walk_depth >= ${needed}`);
  }
}

function checkHasAdapters(label: string, count: number, report: Report): void {
  if (count > 0) return;
  report.error('COH2203', [`${label}.enable`, `${label}.adapters`], `${label}.enable requires at least one adapter`);
}

interface Names {
  id: string;
  mount: string;
  scope: string;
}

function checkNames(label: string, path: string, names: Names, report: Report): void {
  for (const key of ['id', 'mount', 'scope'] as const) {
    const fault = nameFault(names[key]);
    if (fault !== undefined) report.error('COH2204', `${path}.${key}`, `${label}.${key} ${fault}`);
  }
}

function nameFault(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (Buffer.byteLength(name) > limit.MAX_SIDECAR_NAME_LEN) {
    return `'${name}' exceeds max length ${limit.MAX_SIDECAR_NAME_LEN}`;
  }
  if (name.includes('/')) return `'${name}' must not include '/'`;
  return name === '..' ? "must not be '..'" : undefined;
}

function checkOwnScopes(label: string, adapters: readonly Names[], report: Report): void {
  const seen = new Set<string>();
  adapters.forEach(({ scope }, index) => {
    if (seen.has(scope)) {
      const path = `${label}.adapters[${index}].scope`;
      report.error('COH2208', path, `${label}.adapters scope '${scope}' is duplicated`);
    }
    seen.add(scope);
  });
}

export function checkSidecarsTogether(manifest: Manifest, report: Report): void {
  const kinds = new Map<string, string>();
  for (const { kind, adapter, path } of enabledAdapters(manifest)) {
    const first = kinds.get(adapter.scope);
    // Duplicates within one kind have been reported under that kind.
    if (first === undefined) kinds.set(adapter.scope, kind);
    else if (first !== kind) {
      report.error('COH2401', `${path}.scope`, `sidecar scope '${adapter.scope}' is duplicated`);
    }
  }
  const { modbus, dnp3, lora } = manifest.sidecars;
  let total = 0;
  for (const bus of [modbus, dnp3]) {
    if (bus.enable) for (const { spool } of bus.adapters) total += spool.max_bytes;
  }
  if (lora.enable) {
    for (const adapter of lora.adapters) total += adapter.tamper_log_max_entries * limit.TAMPER_ENTRY_BYTES;
  }
  if (total > limit.SIDECAR_BUDGET_BYTES) {
    const message = `sidecar budgets ${total} bytes exceed event-pump budget ${limit.SIDECAR_BUDGET_BYTES} bytes`;
    report.error('COH2402', 'sidecars', message);
  }
}

export function checkSidecarMounts(manifest: Manifest, report: Report): void {
  for (const { kind, adapter, path, label } of resolveMounts(manifest)) {
    if (label !== undefined) continue;
    report.error('COH3302', `${path}.mount`, `sidecar ${kind} mount '${adapter.mount}' collides after hashing`);
  }
}
