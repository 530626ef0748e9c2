// SPDX-License-Identifier: Apache-2.0
// The two servers of connections, the console and NineDoor, and the pair of rings to each. What is written in a turn is signalled once.
import * as domain from '../../../generated/domains/net';
import * as ring from '../../../lib/channel/ring';
import * as stream from '../../../lib/channel/stream';
import { generation } from '../../../lib/machine/domain';
import { signal } from '../../../lib/machine/sel4';

export const CONSOLE: u32 = 0;
export const NINEDOOR: u32 = 1;
export const COUNT: u32 = 2;


@final
class Link {
  /** Ring to the server. */
  outBase: u32 = 0;
  outBytes: u32 = 0;
  outSignal: u64 = 0;
  /** Ring from the server. */
  inBase: u32 = 0;
  inBytes: u32 = 0;
  inSignal: u64 = 0;
  /** The first record of this instance is not written yet; nothing else may be before. */
  isNew: bool = true;
  /** In this turn: something was written; a record found no room; bytes taken. */
  wrote: bool = false;
  isFull: bool = false;
  taken: u32 = 0;
}

const console_ = new Link();
const ninedoor = new Link();

/** Turns in which a ring to a server was full. */
export let fullTurns: u64 = 0;

function linkOf(server: u32): Link {
  return server === CONSOLE ? console_ : ninedoor;
}

export function start(): void {
  console_.outBase = domain.NET_CONSOLE_OFFSET;
  console_.outBytes = domain.NET_CONSOLE_BYTES;
  console_.outSignal = domain.SLOT_SIGNAL_NET_CONSOLE;
  console_.inBase = domain.CONSOLE_NET_OFFSET;
  console_.inBytes = domain.CONSOLE_NET_BYTES;
  console_.inSignal = domain.SLOT_SIGNAL_CONSOLE_NET;
  ninedoor.outBase = domain.NET_NINEDOOR_OFFSET;
  ninedoor.outBytes = domain.NET_NINEDOOR_BYTES;
  ninedoor.outSignal = domain.SLOT_SIGNAL_NET_NINEDOOR;
  ninedoor.inBase = domain.NINEDOOR_NET_OFFSET;
  ninedoor.inBytes = domain.NINEDOOR_NET_BYTES;
  ninedoor.inSignal = domain.SLOT_SIGNAL_NINEDOOR_NET;
}

const word = memory.data(8, 8);

function introduce(link: Link): void {
  store<u64>(word, generation());
  if (!stream.send(link.outBase, link.outBytes, 0, 0, stream.RESET, 0, word, 8)) return;
  link.isNew = false;
  link.wrote = true;
}

/** Before the records of a turn. */
export function begin(): void {
  console_.isFull = false;
  ninedoor.isFull = false;
  if (console_.isNew) introduce(console_);
  if (ninedoor.isNew) introduce(ninedoor);
}

/** Writes a record for a connection; false: there is no room in this turn, for nobody. */
export function send(server: u32, n: u32, use: u32, kind: u8, detail: u8, from: usize, size: u32): bool {
  const link = linkOf(server);
  if (link.isFull || link.isNew) return false;
  if (!stream.send(link.outBase, link.outBytes, n, use, kind, detail, from, size)) {
    link.isFull = true;
    fullTurns++;
    return false;
  }
  link.wrote = true;
  return true;
}

/** Takes the next record of a server, its data to `dest`; no more in a turn than the ring holds. */
export function receive(server: u32, dest: usize): bool {
  const link = linkOf(server);
  if (link.taken >= ring.capacity(link.inBytes)) return false;
  if (!stream.receive(link.inBase, link.inBytes, dest)) return false;
  link.taken += stream.HEADER_BYTES + stream.length;
  return true;
}

/** Something is left in a ring that the turn had no time for. */
export function hasMore(): bool {
  return isLeft(console_) || isLeft(ninedoor);
}

function isLeft(link: Link): bool {
  return link.taken >= ring.capacity(link.inBytes);
}

/** After the records of a turn. A server that found its ring full had filled more than half of it. */
export function end(): void {
  finish(console_);
  finish(ninedoor);
}

function finish(link: Link): void {
  if (link.wrote) signal(link.outSignal);
  if (link.taken >= ring.capacity(link.inBytes) / 2) signal(link.inSignal);
  link.wrote = false;
  link.taken = 0;
}
