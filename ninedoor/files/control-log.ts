// SPDX-License-Identifier: Apache-2.0
// What control files give back when they are read: the commands that they accepted, newest kept, a line each.
import { Writer } from '../../lib/text/writer';
import { CONTROL_LOG_BYTES } from '../limits';
import * as lineLog from './line-log';
import * as errors from '../wire/errors';

export const QUEEN: u32 = 0;
export const LIFECYCLE: u32 = 1;
export const TRACE: u32 = 2;
const LOGS: u32 = 3;

const LOG_SIZE: u32 = lineLog.HEAD_BYTES + CONTROL_LOG_BYTES;
const logs = memory.data(LOGS * LOG_SIZE, 4);

/** Adds an accepted line without its newline. */
export function append(which: u32, start: usize, bytes: u32): void {
  lineLog.append(logs + which * LOG_SIZE, CONTROL_LOG_BYTES, start, bytes);
}

export function read(which: u32, w: Writer): u32 {
  lineLog.write(logs + which * LOG_SIZE, w);
  return errors.NONE;
}
