// SPDX-License-Identifier: Apache-2.0
// The first line of a connection: `AUTH <token>`. Only the token's length and hash are in the image, and what was
// sent is hashed before it is compared, all bytes of it: how much of a token is right cannot be told from the time
// that it takes. Its length can: clients are told `invalid-length`.
import { after_ms } from '../../../lib/device/deadline';
import { NETWORK_IDLE_TIMEOUT_MS } from '../../../generated/manifest';
import { AUTH_TOKEN_BLAKE3, AUTH_TOKEN_BYTES } from '../../../generated/secrets';
import { hash } from '../../../lib/hash/blake3';
import * as protocol from '../../../lib/protocol/supervisor';
import { startsWith } from '../../../lib/text/slice';
import * as audit from '../audit';
import * as clock from '../clock';
import * as link from '../link';
import { GREETING, OPEN } from '../session/connection';
import { Session } from '../session/session';
import * as out from '../sink';
import * as ends from './ends';
import * as peers from './peers';

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

function refuse(s: Session, reason: string): void {
  audit.notAuthorised(s.connection, reason, protocol.REFUSED_POLICY);
  peers.slowDown(s.connection);
  say(reason);
  ends.closeLater(s);
}

/** Looks at the first line; the connection is open then, or closed. */
export function check(s: Session, line: usize, bytes: u32): void {
  link.forget();
  const prefix = <u32>PREFIX.length;
  if (bytes !== prefix + AUTH_TOKEN_BYTES) return refuse(s, 'invalid-length');
  if (!startsWith(line, bytes, PREFIX)) return refuse(s, 'expected-token');
  if (!isToken(line + prefix, bytes - prefix)) return refuse(s, 'invalid-token');
  audit.authorised(s.connection);
  s.connection.state = OPEN;
  clock.wakeBy(after_ms(clock.now_ms, NETWORK_IDLE_TIMEOUT_MS));
  out.line('OK AUTH');
}

/** The connection said nothing for too long: before AUTH, or after it. */
export function timeOut(s: Session): void {
  const isGreeting = s.connection.state === GREETING;
  link.forget();
  if (isGreeting) audit.notAuthorised(s.connection, 'timeout', protocol.REFUSED_BUSY);
  else audit.count(protocol.REFUSED_BUSY);
  if (!out.hasRoom()) return ends.fail(s);
  if (isGreeting) say('timeout');
  else out.line('ERR CONSOLE reason=timeout');
  ends.close(s);
}
