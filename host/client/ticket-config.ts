// SPDX-License-Identifier: Apache-2.0
/**
 * Owns where minting programs find the secret of a role and the most that a ticket may ask for: the `[[tickets]]` tables and
 * `[ticket_limits]` of a manifest. Everything else in the file is none of their business, so an older or newer manifest
 * serves as well.
 */
import { parse as parseToml } from '@iarna/toml';
import { readBounded, refusalOf } from '../../tools/bounded-file.ts';
import { type Claims, roleName, TicketError, type Role } from './ticket.ts';

/** What the manifest compiler takes, too. */
const MAX_CONFIG_BYTES = 4 << 20;

type Table = Readonly<Record<string, unknown>>;

/** The tables of the manifest in `path`. */
export function readTicketConfig(path: string): Table {
  let bytes;
  try {
    bytes = readBounded(path, MAX_CONFIG_BYTES);
  } catch (cause) {
    throw new TicketError(`failed to read ticket config ${path}${refusalOf(cause)}`, { cause });
  }
  try {
    // Bytes that are no text are a file that cannot be parsed, as for the older tools.
    return parseToml(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new TicketError(`failed to parse ticket config ${path}`, { cause });
  }
}

/** The secret that signs tickets of a role: that of the first table which names the role. */
export function ticketSecret(path: string, role: Role): string {
  const { tickets } = readTicketConfig(path);
  for (const table of Array.isArray(tickets) ? (tickets as Table[]) : []) {
    if (table['role'] === role && typeof table['secret'] === 'string') return table['secret'];
  }
  throw new TicketError(`ticket secret for role ${roleName(role)} not found in ${path}`);
}

/**
 * Refuses claims that the node of this manifest would refuse (ninedoor/ticket/limits.ts), with the limit's name. A limit
 * that the file does not name is left to the node.
 */
export function checkTicketLimits(path: string, { scopes = [], quotas }: Claims): void {
  const limits = (readTicketConfig(path)['ticket_limits'] ?? {}) as Table;
  const check = (what: string, value: bigint | number, name: string): void => {
    const limit = limits[name];
    if (typeof limit !== 'number' && typeof limit !== 'bigint') return;
    if (value <= limit || BigInt(limit) === 0n) return;
    throw new TicketError(`${what} ${value} exceeds ${limit}, which is ticket_limits.${name} in ${path}`);
  };
  check('scope count', scopes.length, 'max_scopes');
  for (const scope of scopes) {
    check('scope path length', Buffer.byteLength(scope.path.trim()), 'max_scope_path_len');
    check('scope rate', scope.rate_per_s, 'max_scope_rate_per_s');
  }
  check('bandwidth quota', quotas?.bandwidth_bytes ?? 0n, 'bandwidth_bytes');
  check('cursor resume quota', quotas?.cursor_resumes ?? 0, 'cursor_resumes');
  check('cursor advance quota', quotas?.cursor_advances ?? 0, 'cursor_advances');
}
