// Acknowledgement lines: `OK <LABEL> …` and `ERR <LABEL> reason=… detail=…`.
import * as out from './sink';

export function ok(label: string): void {
  out.text('OK ');
  out.line(label);
}

export function error(label: string, reason: string, detail: string): void {
  out.text('ERR ');
  out.text(label);
  out.text(' reason=');
  out.text(reason);
  out.text(' detail=');
  out.line(detail);
}
