// SPDX-License-Identifier: Apache-2.0
// Log lines of the server's own: written here, taken by whoever keeps the log.
import { LOG_LINE_BYTES } from './limits';
import { Writer } from '../lib/text/writer';

/** The line that end() hands over; it has room for one byte more. */
export const buffer = memory.data(LOG_LINE_BYTES);
const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
/** () takes the line; 0: nobody does yet. */
let sink: u32 = 0;

export function keepWith(take: u32): void {
  sink = take;
}

/** Bytes of the line at hand. */
export function bytes(): u32 {
  return <u32>(writer.at - buffer);
}

/** Starts a line. */
export function begin(): Writer {
  writer.open(buffer, LOG_LINE_BYTES - 1);
  return writer;
}

/** Ends the line that begin() started. */
export function end(): void {
  if (sink !== 0) call_indirect<void>(sink);
}

export function line(text: string): void {
  begin().text(text);
  end();
}
