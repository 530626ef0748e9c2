// SPDX-License-Identifier: Apache-2.0
// The sessions of the console: one on the serial line, one for each connection that net may hand over. A record is
// all that the console keeps of one. Each part is a class of its own, in the file beside it.
//
//   Session   connection   connection.ts   the TCP connection that it is on
//             attachment   attachment.ts   the session with NineDoor
//             throttle     throttle.ts     who guesses tickets waits
//             allowance    allowance.ts    lines that it may add to the log
//             input        input.ts        what the peer sent and nobody took yet
//             payload      payload.ts      what is being shown
import { NETWORK_MAX_CONNECTIONS } from '../../../generated/manifest';
import { Allowance } from './allowance';
import { Attachment } from './attachment';
import { Connection } from './connection';
import { Input, QUEUE_BYTES } from './input';
import { BUFFER_BYTES, Payload } from './payload';
import { Throttle } from './throttle';

export const CONNECTIONS: u32 = NETWORK_MAX_CONNECTIONS;

// Where the parts begin. Each is a multiple of eight bytes.
const ATTACHMENT: usize = (offsetof<Connection>() + 7) & ~7;
const THROTTLE: usize = ATTACHMENT + ((offsetof<Attachment>() + 7) & ~7);
const ALLOWANCE: usize = THROTTLE + ((offsetof<Throttle>() + 7) & ~7);
const INPUT: usize = ALLOWANCE + ((offsetof<Allowance>() + 7) & ~7);
const PAYLOAD: usize = INPUT + ((offsetof<Input>() + QUEUE_BYTES + 7) & ~7);
const SESSION_BYTES: usize = PAYLOAD + ((offsetof<Payload>() + BUFFER_BYTES + 7) & ~7);

const sessions = memory.data(SESSION_BYTES * (1 + CONNECTIONS), 8);


@unmanaged
export class Session {
  get isSerial(): bool {
    return changetype<usize>(this) === sessions;
  }

  /** Net's number of the connection. */
  get number(): u32 {
    return <u32>((changetype<usize>(this) - sessions) / SESSION_BYTES) - 1;
  }

  get connection(): Connection {
    return changetype<Connection>(changetype<usize>(this));
  }

  get attachment(): Attachment {
    return changetype<Attachment>(changetype<usize>(this) + ATTACHMENT);
  }

  get throttle(): Throttle {
    return changetype<Throttle>(changetype<usize>(this) + THROTTLE);
  }

  get allowance(): Allowance {
    return changetype<Allowance>(changetype<usize>(this) + ALLOWANCE);
  }

  get input(): Input {
    return changetype<Input>(changetype<usize>(this) + INPUT);
  }

  get payload(): Payload {
    return changetype<Payload>(changetype<usize>(this) + PAYLOAD);
  }

  /** A new session: nothing of the one before. */
  clear(): void {
    memory.fill(changetype<usize>(this), 0, SESSION_BYTES);
  }
}

export function serial(): Session {
  return changetype<Session>(sessions);
}

/** The session of one of net's connections. */
export function ofConnection(number: u32): Session {
  return changetype<Session>(sessions + (1 + number) * SESSION_BYTES);
}
