// SPDX-License-Identifier: Apache-2.0
/**
 * Rules for what schema 2.0 adds outside [protection]: who is let in, network, sessions, control planes, host units.
 */
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import type { Field } from '../schema/dsl.ts';
import * as limit from '../schema/limits.ts';
import { completed, type Manifest, type Manifest20 } from '../schema/manifest.ts';
import { host20, newTables, telemetryIngest20 } from '../schema/settings.ts';

export const settingsCodes: CodeTable = {
  COH3701: {
    cause: 'The value is outside the range that the node can honour; the reference of keys has every range.',
    fix: 'write a value within the range',
  },
  COH3702: {
    cause:
      'A connection starts with the line `AUTH <token>`, of at most 256 bytes and without control characters or spaces.',
    fix: 'write 1 to 250 printable ASCII characters without spaces',
  },
  COH3703: {
    cause: 'An IPv4 address is four numbers from 0 to 255 with dots between them.',
    fix: 'write an address such as "192.168.1.20"',
  },
  COH3704: {
    cause: 'The first and the last address of a network, loopback and multicast are no addresses of a node.',
    fix: 'choose another address of the network',
  },
  COH3705: {
    cause: 'A router is reached without a router: it is another node of the same network.',
    fix: 'correct `network.gateway`, `network.address` or `network.prefix_len`; "" if there is none',
  },
  COH3706: {
    cause: 'A port leads to one service.',
    fix: 'choose different ports',
  },
  COH3707: {
    cause: 'With DHCP the address comes from a server of the network.',
    fix: 'remove the key, or set `network.mode = "static"`',
  },
  COH3711: {
    cause: 'The table of open files is found by the low bits of a number.',
    fix: 'write a power of two',
  },
  COH3712: {
    cause: "If all sessions were the queen's, no worker could ever attach.",
    fix: 'raise `sessions.max` or `network.max_connections`, or lower `sessions.reserved_for_queen`',
  },
  COH3713: {
    cause: 'A session that may hold all locks could keep everyone else from locking.',
    fix: 'raise `sessions.max_locks`, or lower `sessions.locks_per_session`, to at most half',
  },
  COH3721: {
    cause: 'A unit, a node or a GPU is a directory of the tree: its name is one path component.',
    fix: 'write 1 to 128 bytes without `/`, control characters, and not `.` or `..`',
  },
  COH3722: {
    cause: 'Two directories of one name could not be told apart.',
    fix: 'remove the second one',
  },
  COH3723: {
    cause: 'The tree has room for 64 units of one provider.',
    fix: 'shorten the list',
  },
  COH3724: {
    cause: 'Requests for the host are files of the host tree.',
    fix: 'set `ecosystem.host.enable = true`, or `ecosystem.host.tickets.enable = false`',
  },
  COH3725: {
    cause: 'A request that does not fit into its file could never be made.',
    fix: 'lower `max_line_bytes`, or raise `log_max_bytes`',
  },
};

export function checkSettings(manifest: Manifest, report: Report): void {
  if (manifest.auth === undefined) return;
  const full = completed(manifest);
  for (const [name, field] of Object.entries(newTables)) {
    checkRanges(full[name as keyof typeof newTables], field, name, report);
  }
  checkRanges(full.telemetry_ingest, telemetryIngest20, 'telemetry_ingest', report, 'max_reference_');
  checkRanges(full.ecosystem.host.tickets, hostTicketsField(), 'ecosystem.host.tickets', report);
  checkToken(full, report);
  checkNetwork(full, report);
  checkSessions(full, report);
  checkHostUnits(full, report);
}

function hostTicketsField(): Field<unknown> {
  const { shape } = host20;
  const field = shape.kind === 'table' ? shape.fields['tickets'] : undefined;
  if (field === undefined) throw new Error('the schema lacks ecosystem.host.tickets');
  return field;
}

/** Every integer below `field` whose name starts with `prefix` is within the range that the schema gives. */
function checkRanges(value: unknown, field: Field<unknown>, path: string, report: Report, prefix = ''): void {
  const { shape } = field;
  if (shape.kind === 'table') {
    for (const [name, child] of Object.entries(shape.fields)) {
      if (!name.startsWith(prefix)) continue;
      checkRanges((value as Record<string, unknown>)[name], child, `${path}.${name}`, report);
    }
  }
  if (shape.kind !== 'integer') return;
  const number = value as number | bigint;
  const { min = 0, max } = shape;
  if (number < min && max === undefined) report.error('COH3701', path, `${path} must be >= ${min}`);
  else if (max !== undefined && (number < min || number > max)) {
    report.error('COH3701', path, `${path} ${number} is outside ${min}..=${max}`);
  }
}

function checkToken({ auth }: Manifest20, report: Report): void {
  const { token } = auth;
  if (token.length <= limit.MAX_AUTH_TOKEN_BYTES && /^[\x21-\x7e]+$/.test(token)) return;
  // The token itself is a secret, also when it is wrong.
  const what = token === '' ? 'must not be empty' : 'has a character that a token cannot have, or is too long';
  report.error('COH3702', 'auth.token', `auth.token ${what}`);
}

function checkNetwork({ network, features }: Manifest20, report: Report): void {
  checkPorts(network, report);
  if (network.mode === 'dhcp') {
    for (const key of ['address', 'prefix_len', 'gateway'] as const) {
      const path = `network.${key}`;
      if (report.isSpelledOut(path)) report.error('COH3707', path, `${path} has no effect with network.mode = "dhcp"`);
    }
    return;
  }
  if (!features.net_console && !report.isSpelledOut('network')) return;
  const address = ipv4(network.address);
  const gateway = network.gateway === '' ? undefined : ipv4(network.gateway);
  if (address === undefined) refuseAddress('network.address', network.address, report);
  if (network.gateway !== '' && gateway === undefined) refuseAddress('network.gateway', network.gateway, report);
  const { prefix_len: bits } = network;
  if (address === undefined || bits < 1 || bits > 30) return;
  const size = 2 ** (32 - bits);
  const host = address % size;
  const first = Math.floor(address / 2 ** 24);
  if (host === 0 || host === size - 1 || first === 0 || first === 127 || first >= 224) {
    const message = `network.address ${network.address}/${bits} is no address of a node`;
    report.error('COH3704', ['network.address', 'network.prefix_len'], message);
  }
  if (gateway === undefined) return;
  const isNeighbour = address - host === gateway - (gateway % size) && gateway !== address;
  if (isNeighbour && gateway % size !== 0 && gateway % size !== size - 1) return;
  const message = `network.gateway ${network.gateway} is no neighbour of ${network.address}/${bits}`;
  report.error('COH3705', ['network.gateway', 'network.address'], message);
}

function refuseAddress(path: string, text: string, report: Report): void {
  report.error('COH3703', path, `${path} '${text}' is no IPv4 address`);
}

/** As a number; leading zeros are refused, since some programs read them as octal. */
function ipv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}

function checkPorts(network: Manifest20['network'], report: Report): void {
  const tcp = ['console_port', 'secure9p_port', 'tcp_smoke_port'] as const;
  const taken = new Map<number, string>();
  for (const key of tcp) {
    const port = network[key];
    const other = taken.get(port);
    if (port !== 0 && other !== undefined) {
      const message = `network.${key} ${port} is network.${other} already`;
      report.error('COH3706', [`network.${key}`, `network.${other}`], message);
    }
    taken.set(port, key);
  }
}

function checkSessions({ features, network, sessions }: Manifest20, report: Report): void {
  const { fids_per_session: fids, max, reserved_for_queen: reserved } = sessions;
  if ((fids & (fids - 1)) !== 0 && fids >= 16 && fids <= 4096) {
    report.error('COH3711', 'sessions.fids_per_session', `sessions.fids_per_session ${fids} is no power of two`);
  }
  const { max_locks: locks, locks_per_session: own } = sessions;
  if (own > locks / 2) {
    const message = `sessions.locks_per_session ${own} is more than half of sessions.max_locks ${locks}`;
    report.error('COH3713', ['sessions.locks_per_session', 'sessions.max_locks'], message);
  }
  const tables: [string, number][] = [['sessions.max', max]];
  // Sessions of the network have a connection each, and those may run out before sessions do.
  if (features.net_console) tables.push(['network.max_connections', network.max_connections]);
  for (const [path, size] of tables) {
    if (reserved < size || size === 0) continue;
    const message = `sessions.reserved_for_queen ${reserved} leaves nothing of ${path} ${size}`;
    report.error('COH3712', ['sessions.reserved_for_queen', path], message);
    return;
  }
}

function checkHostUnits({ ecosystem }: Manifest20, report: Report): void {
  const { units, tickets, enable } = ecosystem.host;
  for (const [provider, names] of Object.entries(units)) {
    const path = `ecosystem.host.units.${provider}`;
    if (names.length > limit.MAX_HOST_UNITS) {
      report.error('COH3723', path, `${path} has ${names.length} entries, more than ${limit.MAX_HOST_UNITS}`);
    }
    names.forEach((name, index) => {
      const at = `${path}[${index}]`;
      if (!isComponent(name)) report.error('COH3721', at, `${path}: '${name}' is no path component`);
      else if (names.indexOf(name) !== index) report.error('COH3722', at, `${path}: '${name}' is listed twice`);
    });
  }
  if (!tickets.enable) return;
  const path = 'ecosystem.host.tickets';
  if (!enable) {
    const message = `${path}.enable requires ecosystem.host.enable = true`;
    report.error('COH3724', [`${path}.enable`, 'ecosystem.host.enable'], message);
  }
  if (tickets.max_line_bytes > tickets.log_max_bytes) {
    const message = `${path}.max_line_bytes ${tickets.max_line_bytes} exceeds log_max_bytes ${tickets.log_max_bytes}`;
    report.error('COH3725', [`${path}.max_line_bytes`, `${path}.log_max_bytes`], message);
  }
}

function isComponent(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || /[/\x00-\x1f\x7f]/.test(name)) return false;
  return Buffer.byteLength(name) <= limit.MAX_HOST_UNIT_BYTES;
}
