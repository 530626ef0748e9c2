// SPDX-License-Identifier: Apache-2.0
/** Owns what is done with one file or directory over 9P: found, opened, used, and its fid given back. */
import { sleep } from '../deadline.ts';
import { MAX_ANSWER_BYTES } from '../defaults.ts';
import { protocolError } from '../errors.ts';
import { pathNames } from '../paths.ts';
import { P9Refusal } from '../p9/refusal.ts';
import type { Handle, P9Session } from '../p9/session.ts';
import type { CallOptions, FollowOptions } from '../transport.ts';
import { refusing, Refused, tooMuch } from './refused.ts';

/** `directory` undefined: either will do. */
async function find(
  session: P9Session,
  path: string,
  directory: boolean | undefined,
  options: CallOptions,
): Promise<Handle> {
  const names = pathNames(path);
  if (names === undefined) throw new Refused(undefined, true);
  const handle = await refusing(true, session.walk(names, options));
  if (directory === undefined || handle.isDirectory === directory) return handle;
  await giveBack(session, handle, options);
  throw new Refused(undefined, true);
}

/** The fid is given back even when the command was given up; a server that is gone has forgotten it. */
async function giveBack(session: P9Session, { fid }: Handle, { signal }: CallOptions): Promise<void> {
  // What the command itself did is what counts.
  const done = session.clunk(fid).catch(() => undefined);
  if (signal?.aborted !== true) await done;
}

/** Appends bytes, in pieces that fit into messages. */
export async function append(session: P9Session, path: string, bytes: Uint8Array, options: CallOptions): Promise<void> {
  const handle = await find(session, path, undefined, options);
  try {
    await refusing(false, session.openToAppend(handle.fid, options));
    let at = 0;
    do {
      const piece = bytes.subarray(at, at + session.ioBytes);
      const taken = await refusing(false, session.append(handle.fid, piece, options));
      if (taken === 0 && piece.length > 0) throw protocolError('the server takes nothing');
      at += taken;
    } while (at < bytes.length);
  } finally {
    await giveBack(session, handle, options);
  }
}

/** The names in a directory, in the order of their bytes. */
export async function names(session: P9Session, path: string, options: CallOptions): Promise<string[]> {
  const handle = await find(session, path, true, options);
  const all: string[] = [];
  try {
    await refusing(false, session.openToRead(handle.fid, options));
    let held = 0;
    const list = session.list(handle.fid, options);
    for (let next = await refusing(false, list.next()); next.done !== true; next = await refusing(false, list.next())) {
      for (const name of next.value) held += name.length + 1;
      if (held > MAX_ANSWER_BYTES) throw tooMuch(path);
      all.push(...next.value);
    }
  } finally {
    await giveBack(session, handle, options);
  }
  return all.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** What an open file holds from an offset on. */
async function* readOn(
  session: P9Session,
  handle: Handle,
  from: bigint,
  options: CallOptions,
): AsyncGenerator<Buffer, void, undefined> {
  let { piece, offset } = await firstPiece(session, handle, from, options);
  for (;;) {
    if (piece.data.length > 0) yield piece.data;
    if (piece.last) return;
    offset += BigInt(piece.data.length);
    piece = await refusing(false, session.read(handle.fid, offset, options));
  }
}

/** The bytes of a file from an offset on. */
export async function* pieces(
  session: P9Session,
  path: string,
  from: bigint,
  options: CallOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const handle = await find(session, path, false, options);
  try {
    await refusing(false, session.openToRead(handle.fid, options));
    yield* readOn(session, handle, from, options);
  } finally {
    await giveBack(session, handle, options);
  }
}

/**
 * What a file holds, and then what comes, by one fid: offsets of a log count from where it began when the fid was opened.
 * Ends when the signal says so.
 */
export async function* follow(
  session: P9Session,
  path: string,
  options: FollowOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const { poll_ms, signal } = options;
  const handle = await find(session, path, false, options);
  try {
    await refusing(false, session.openToRead(handle.fid, options));
    for (let from = 0n; ;) {
      // A ring that has gone on meanwhile is followed from where it begins now.
      const { piece, offset } = await firstPiece(session, handle, from, options);
      from = offset + BigInt(piece.data.length);
      if (piece.data.length > 0) yield piece.data;
      if (!piece.last) continue;
      options.onEnd?.();
      await sleep(poll_ms, signal);
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  } finally {
    await giveBack(session, handle, options);
  }
}

async function collect(path: string, parts: AsyncGenerator<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  let held = 0;
  for await (const part of parts) {
    held += part.length;
    if (held > MAX_ANSWER_BYTES) throw tooMuch(path);
    all.push(part);
  }
  return Buffer.concat(all);
}

export function whole(session: P9Session, path: string, options: CallOptions): Promise<Buffer> {
  return collect(path, pieces(session, path, 0n, options));
}

/** First look at the end of a file. */
const ENDING_BYTES = 16n << 10n;

/**
 * The end of a file, with at least so many lines if it has them: reading all of a long one would take time, and use up a
 * ticket's bandwidth.
 */
export async function ending(session: P9Session, path: string, lines: number, options: CallOptions): Promise<Buffer> {
  const handle = await find(session, path, false, options);
  try {
    const { size } = await refusing(false, session.info(handle, options));
    await refusing(false, session.openToRead(handle.fid, options));
    for (let bytes = ENDING_BYTES; bytes < size; bytes *= 4n) {
      const part = await collect(path, readOn(session, handle, size - bytes, options));
      // What is before the first newline is only a part of its line.
      const rest = part.subarray(part.indexOf(0x0a) + 1);
      if (countLines(rest) >= lines) return rest;
    }
    return await collect(path, readOn(session, handle, 0n, options));
  } finally {
    await giveBack(session, handle, options);
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x0a) count += 1;
  return count;
}

// ---- Rings: files whose start has gone ----

/** Largest and smallest ring that is looked for where the server does not say where it starts. */
const LARGEST_RING_BYTES = 1n << 20n;
const SMALLEST_RING_BYTES = 64n;

interface FirstPiece {
  piece: { data: Buffer; last: boolean };
  offset: bigint;
}

/** Offsets at which a ring may begin that does not begin at `from` any more, the most likely first. */
async function starts(
  refusal: P9Refusal,
  session: P9Session,
  handle: Handle,
  from: bigint,
  options: CallOptions,
): Promise<bigint[]> {
  const told = /rewind_to=(\d{1,19})/.exec(refusal.text)?.[1];
  if (told !== undefined) return [BigInt(told)].filter((start) => start > from);
  if (refusal.code !== 'Invalid' || refusal.errno === undefined) return [];
  // Refusals are numbers: rings have powers of two, and the largest that is not refused is all of it.
  const { size } = await session.info(handle, options);
  const guesses: bigint[] = [];
  for (let bytes = LARGEST_RING_BYTES; bytes >= SMALLEST_RING_BYTES; bytes /= 2n) {
    if (size - bytes > from) guesses.push(size - bytes);
  }
  return guesses;
}

async function firstPiece(session: P9Session, handle: Handle, from: bigint, options: CallOptions): Promise<FirstPiece> {
  try {
    return { piece: await session.read(handle.fid, from, options), offset: from };
  } catch (error) {
    if (!(error instanceof P9Refusal)) throw error;
    for (const offset of await refusing(false, starts(error, session, handle, from, options))) {
      try {
        return { piece: await session.read(handle.fid, offset, options), offset };
      } catch (again) {
        if (!(again instanceof P9Refusal)) throw again;
      }
    }
    throw new Refused(error, false);
  }
}
