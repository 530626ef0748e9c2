// SPDX-License-Identifier: Apache-2.0
// Acknowledgement lines: `OK <LABEL> …` and `ERR <LABEL> reason=… detail=… path=… error=…`, in one go or field by
// field.
import { EQUALS, SPACE } from '../../lib/text/ascii';
import * as out from './sink';

export function ok(label: string): void {
  begin('OK ', label);
  end();
}

export function error(label: string, reason: string, detail: string): void {
  beginError(label, reason);
  field('detail', detail);
  end();
}

function begin(status: string, label: string): void {
  out.text(status);
  out.text(label);
}

export function beginOk(label: string): void {
  begin('OK ', label);
}

export function beginError(label: string, reason: string): void {
  begin('ERR ', label);
  field('reason', reason);
}

function name(value: string): void {
  out.byte(SPACE);
  out.text(value);
  out.byte(EQUALS);
}

export function field(key: string, value: string): void {
  name(key);
  out.text(value);
}

export function slice(key: string, start: usize, bytes: u32): void {
  name(key);
  out.bytes(start, bytes);
}

export function number(key: string, value: u64): void {
  name(key);
  out.dec(value);
}

export function end(): void {
  out.endLine();
}
