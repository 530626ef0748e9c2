// SPDX-License-Identifier: Apache-2.0
// One call of a transport: a batch of frames in, their replies out, in order. What is counted here is what /proc/9p shows.
//
// A frame that cannot even be told from its neighbours (no room for a header, or a size that disagrees with what came)
// ends the batch: it and what follows are dropped and counted.
import { BATCH_FRAMES, MIN_MSIZE, TAGS_PER_SESSION } from '../limits';
import { nowMs } from '../platform';
import * as hooks from '../hooks';
import { ACTIVE, Session } from '../session/session';
import { utf8Prefix } from '../../lib/text/slice';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request, REQUEST_BYTES } from '../wire/request';
import { DIALECT_CLASSIC, DIALECT_LINUX, HEADER_BYTES, R_ERROR, R_LERROR, T_VERSION } from '../../lib/wire/types';
import { dispatch } from './dispatch';

/** Frames that came, replies that went, frames that were dropped. */
export let requests: u64 = 0;
export let replies: u64 = 0;
export let drops: u64 = 0;
/** Frames refused because a queue or window was full. */
export let backpressure: u64 = 0;
/** Tags in flight in the batch at hand. */
export let outstanding: u32 = 0;

/** When the next batch came in, and how long the one at hand waited. */
let arrivedMs: u64 = 0;
let waited: u64 = 0;

/** Tells when the next batch came in. */
export function arrived(ms: u64): void {
  arrivedMs = ms;
}

/** One request is served at a time: these two go with it from hand to hand. */
const request = changetype<Request>(memory.data(REQUEST_BYTES, 8));
const reply = changetype<Reply>(memory.data(offsetof<Reply>(), 8));

const tags = memory.data(2 * TAGS_PER_SESSION, 2);

/** Bytes of the frame at `at`, or 0 when there is no whole frame. */
function frameBytes(at: usize, left: u32): u32 {
  if (left < HEADER_BYTES) return 0;
  const size = load<u32>(at);
  return size < HEADER_BYTES || size > left ? 0 : size;
}

/** Writes the refusal in the session's dialect. */
function refuse(r: Request, out: Reply, code: u32): void {
  for (let i: u32 = 0; i < hooks.refusals.count; i++) call_indirect<void>(hooks.refusals.at(i), code);
  const dialect = r.session.dialect;
  const linux = r.type < T_VERSION || dialect === DIALECT_LINUX;
  if (linux && dialect !== DIALECT_CLASSIC) {
    out.begin(R_LERROR, r.tag);
    out.word(errors.errno(code));
    return;
  }
  out.begin(R_ERROR, r.tag);
  const name = errors.name(code);
  if (dialect === DIALECT_CLASSIC) {
    // 9P2000 has one text for both.
    const bytes = cut(out.room - 4 - <u32>name.length);
    out.half(<u32>name.length + 2 + bytes);
    out.ascii(name);
    out.ascii(': ');
    out.bytes(errors.textStart(), bytes);
    return;
  }
  out.literal(name);
  out.text(errors.textStart(), cut(out.room - 2));
}

/** Bytes of the refusal's text that fit in `most`, whole characters only. */
function cut(most: u32): u32 {
  const bytes = errors.textBytes();
  return utf8Prefix(errors.textStart(), bytes < most ? bytes : most);
}

/** Why the frame is not served, before anything looks into it. */
function reserve(r: Request, out: Reply, size: u32, batchBytes: u32, batchFrames: u32): u32 {
  const msize = r.session.msize;
  if (size > msize) return errors.fail(errors.TOO_BIG, 'frame exceeds negotiated msize');
  if (batchBytes > msize) return errors.fail(errors.TOO_BIG, 'batch exceeds negotiated msize');
  if (batchFrames > BATCH_FRAMES) return busy('queue depth exceeded');
  if (out.room < msize) return busy('no room for the reply');
  for (let i: u32 = 0; i < outstanding; i++) {
    if (load<u16>(tags + 2 * i) === <u16>r.tag) return errors.fail(errors.INVALID, 'tag already in use');
  }
  if (outstanding === TAGS_PER_SESSION) return busy('tag window exceeded');
  store<u16>(tags + 2 * outstanding, <u16>r.tag);
  outstanding++;
  return errors.NONE;
}

function busy(text: string): u32 {
  backpressure++;
  return errors.fail(errors.AGAIN, text);
}

/** Serves one frame; returns the bytes of its reply. */
function serveFrame(r: Request, out: Reply, size: u32, batchBytes: u32, batchFrames: u32): u32 {
  for (let i: u32 = 0; i < hooks.requests.count; i++) call_indirect<void>(hooks.requests.at(i), waited);
  let refusal = reserve(r, out, size, batchBytes, batchFrames);
  if (refusal === errors.NONE) refusal = dispatch(r, out);
  if (refusal !== errors.NONE) refuse(r, out, refusal);
  replies++;
  return out.finish();
}

/** See index.ts. */
export function serve(s: Session, start: usize, bytes: u32, out: usize, capacity: u32): u32 {
  let frames: u32 = 0;
  let whole: u32 = 0;
  while (whole < bytes) {
    const size = frameBytes(start + whole, bytes - whole);
    if (size === 0) break;
    frames++;
    whole += size;
  }
  outstanding = 0;
  const now = nowMs();
  waited = arrivedMs === 0 || arrivedMs > now ? 0 : now - arrivedMs;
  arrivedMs = 0;
  if (s.phase === ACTIVE) {
    for (let i: u32 = 0; i < hooks.batches.count; i++) call_indirect<void>(hooks.batches.at(i), s, now);
  }
  let at: u32 = 0;
  let written: u32 = 0;
  while (at < whole) {
    const size = load<u32>(start + at);
    requests++;
    const room = capacity - written;
    if (room < MIN_MSIZE) {
      drops++;
    } else {
      reply.open(out + written, room < s.msize ? room : s.msize);
      request.open(s, start + at, size);
      written += serveFrame(request, reply, size, whole, frames);
    }
    at += size;
  }
  outstanding = 0;
  if (whole < bytes) {
    requests++;
    drops++;
  }
  return written;
}
