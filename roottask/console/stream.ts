// The payload of an acknowledged ls, cat, tail or log: a piece at each turn of the event loop, so that neither its length nor a
// slow line keeps the domain from its events. Ends with END.
import * as base64 from './base64';
import * as content from './content';
import * as client from './p9/client';
import * as session from './session';
import * as out from './sink';

/** What is shown at a turn from memory; a multiple of what makes a line of base64. */
const PIECE_BYTES: u32 = 2016;
/** Bytes that make a line of base64, 224 characters. */
const BASE64_BYTES: u32 = 168;

/** A stream is under way. */
export let isActive: bool = false;
let file: u32 = 0;
let at: u64 = 0;
let end: u64 = 0;
let asBase64: bool = false;
let midLine: bool = false;

/** Shows what content.scan saw of an open file, from an offset on, then clunks it. */
export function begin(from: u64, open: u32): void {
  isActive = true;
  file = open;
  at = from;
  end = content.end;
  asBase64 = content.isBinary;
  midLine = false;
}

function writeText(start: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const c = load<u8>(start + i);
    midLine = c !== 0x0a;
    if (c === 0x0a) out.endLine();
    else if (c >= 0x20 || c === 0x09) out.byte(c);
    else if (c !== 0x0d) out.byte(0x3f);
  }
}

function writeBase64(start: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i += BASE64_BYTES) {
    if (i === 0 && at === content.first) out.text('b64:');
    base64.write(start + i, min(BASE64_BYTES, count - i));
    out.endLine();
  }
}

function write(start: usize, count: u32): void {
  if (asBase64) writeBase64(start, count);
  else writeText(start, count);
  at += count;
}

function finish(): void {
  if (midLine) out.endLine();
  out.line('END');
  client.clunk(session.handle, file);
  isActive = false;
}

/** Reading it once more failed: what is missing is said, the acknowledgement has long been given. */
function cutShort(outcome: u32): void {
  if (midLine) out.endLine();
  midLine = false;
  out.text('[console] cut short: ');
  if (outcome === client.REFUSED) out.bytes(client.textStart, client.textBytes);
  else out.text('NineDoor unavailable');
  out.endLine();
}

/** Shows the next piece; false: that was the last. */
export function step(): bool {
  if (content.isKept()) {
    const left = <u32>(end - at);
    write(content.start() + <usize>(at - content.first), min(left, PIECE_BYTES));
  } else if (at < end) {
    const outcome = client.read(session.handle, file, at);
    if (outcome !== client.DONE) {
      cutShort(outcome);
      at = end;
    } else if (client.dataBytes === 0) {
      at = end;
    } else {
      write(client.data, <u32>min<u64>(client.dataBytes, end - at));
    }
  }
  if (at < end) return true;
  finish();
  return false;
}
