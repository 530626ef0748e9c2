// SPDX-License-Identifier: Apache-2.0
// The first line of a connection: `AUTH <token>`. Only the token's length and hash are in the image, and what was sent is hashed before
// it is compared, all bytes of it: how much of a token is right cannot be told from the time that it takes. Its length can: clients are
// told `invalid-length`.
import { AUTH_TOKEN_BLAKE3, AUTH_TOKEN_BYTES } from '../../../generated/secrets';
import { hash } from '../../../lib/hash/blake3';
import * as protocol from '../../../lib/protocol/supervisor';
import { startsWith } from '../../../lib/text/ascii';
import * as audit from '../audit';
import * as link from '../link';
import * as out from '../sink';
import * as connections from './connections';
import * as output from './output';

const PREFIX: string = 'AUTH ';
const HASH_BYTES: u32 = 32;
const digest = memory.data(32);

function isToken(start: usize, bytes: u32): bool {
  hash(start, bytes, digest);
  const expected = changetype<usize>(AUTH_TOKEN_BLAKE3);
  let difference: u32 = 0;
  for (let i: u32 = 0; i < HASH_BYTES; i++) difference |= load<u8>(digest + i) ^ load<u8>(expected + i);
  return difference === 0;
}

function say(reason: string): void {
  out.text('ERR AUTH reason=');
  out.line(reason);
}

function refuse(reason: string): void {
  audit.notAuthorised(reason, protocol.REFUSED_POLICY);
  connections.slowDown();
  say(reason);
  connections.closeLater();
}

/** Looks at the first line; the connection is open then, or closed. */
export function check(line: usize, bytes: u32): void {
  link.forget();
  const prefix = <u32>PREFIX.length;
  if (bytes !== prefix + AUTH_TOKEN_BYTES) return refuse('invalid-length');
  if (!startsWith(line, bytes, PREFIX)) return refuse('expected-token');
  if (!isToken(line + prefix, bytes - prefix)) return refuse('invalid-token');
  audit.authorised();
  connections.admit();
  out.line('OK AUTH');
}

/** The connection said nothing for too long: before AUTH, or after it. */
export function timeOut(isGreeting: bool): void {
  link.forget();
  if (isGreeting) audit.notAuthorised('timeout', protocol.REFUSED_BUSY);
  else audit.say('', protocol.REFUSED_BUSY);
  if (!output.hasRoom()) return connections.fail();
  if (isGreeting) say('timeout');
  else out.line('ERR CONSOLE reason=timeout');
  connections.close();
}
