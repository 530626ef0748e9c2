// SPDX-License-Identifier: Apache-2.0
/**
 * Owns where minting programs find the secret of a role: the `[[tickets]]` tables of a manifest. Everything else in the
 * file is none of their business, so an older or newer manifest serves as well.
 */
import { parse as parseToml } from '@iarna/toml';
import { readBoundedText, refusalOf } from '../../tools/bounded-file.ts';
import { roleName, TicketError, type Role } from './ticket.ts';

/** What the manifest compiler takes, too. */
const MAX_CONFIG_BYTES = 4 << 20;

type Table = Readonly<Record<string, unknown>>;

/** The tables of the manifest in `path`. */
export function readTicketConfig(path: string): Table {
  let text;
  try {
    text = readBoundedText(path, MAX_CONFIG_BYTES);
  } catch (cause) {
    throw new TicketError(`failed to read ticket config ${path}${refusalOf(cause)}`, { cause });
  }
  try {
    return parseToml(text);
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
