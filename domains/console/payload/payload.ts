// SPDX-License-Identifier: Apache-2.0
// What follows an acknowledgement: a file or listing, or lines of the console's own. A piece of it at each turn of
// the event loop, as far as the peer has room, so that neither its length nor a slow peer keeps the domain from
// others.
import { FILE, LINES } from '../session/payload';
import { Session } from '../session/session';
import * as out from '../sink';
import * as texts from '../texts';
import * as shownFile from './file';
import * as window from './window';

/** Lines of the console's own that are shown in one piece. */
const PIECE_LINES: u32 = 16;

/** Whether a step would do something now. */
export function isReady(s: Session): bool {
  return s.payload.isActive && !s.payload.isHeldBack && out.hasRoom();
}

/**
 * Shows what was kept, and an open file or listing from there to offset `end`; `next` is where the kept bytes end in
 * it.
 */
export function file(s: Session, fid: u32, asBase64: bool, next: u64, end: u64): void {
  s.payload.beginFile(fid, asBase64, next, end);
  step(s);
}

/** Shows a text of texts.ts. */
export function lines(s: Session, what: u32): void {
  s.payload.beginLines(what);
  step(s);
}

function stepLines(s: Session): void {
  const p = s.payload;
  for (let shown: u32 = 0; shown < PIECE_LINES && out.hasRoom(); shown++) {
    if (!texts.showLine(p, p.what, p.line)) return p.drop();
    p.line++;
  }
}

/** Shows the next piece; the payload may be over then. */
export function step(s: Session): void {
  switch (s.payload.kind) {
    case FILE:
      return shownFile.step(s);
    case LINES:
      return stepLines(s);
    default:
      window.showKept(s.payload);
      s.payload.drop();
  }
}
