// SPDX-License-Identifier: Apache-2.0
/**
 * Owns where minting programs find the secret of a role: the `[[tickets]]` tables of a manifest. Everything else in the
 * file is none of their business, so an older or newer manifest serves as well.
 */
import { readFileSync } from 'node:fs';
import { parseToml, type TomlTable, type TomlValue } from '../../compiler/src/manifest/toml.ts';
import { roleName, TicketError, type Role } from './ticket.ts';

function textOf(value: TomlValue | undefined): string | undefined {
  return value?.kind === 'string' ? value.value : undefined;
}

function parse(bytes: Uint8Array, path: string): TomlTable {
  try {
    return parseToml(bytes, path).root;
  } catch (cause) {
    throw new TicketError(`failed to parse ticket config ${path}`, { cause });
  }
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new TicketError(`failed to read ticket config ${path}`, { cause });
  }
}

/** The secret that signs tickets of a role: that of the first table which names the role. */
export function ticketSecret(path: string, role: Role): string {
  const tickets = parse(read(path), path).entries.get('tickets')?.value;
  const tables = tickets?.kind === 'array' ? tickets.items : [];
  for (const table of tables) {
    if (table.kind !== 'table' || textOf(table.entries.get('role')?.value) !== role) continue;
    const secret = textOf(table.entries.get('secret')?.value);
    if (secret !== undefined) return secret;
  }
  throw new TicketError(`ticket secret for role ${roleName(role)} not found in ${path}`);
}
