// SPDX-License-Identifier: Apache-2.0
/** Conversations in the three dialects, each request with the exact reply: for golden tests and for dissectors. */
import { frame, NO_FID, NO_TAG, u16, u32, u64, u8, type Field } from '../../unit/ninedoor/frames.ts';

export interface Exchange {
  name: string;
  request: Buffer;
  reply: Buffer;
}

export interface Conversation {
  name: string;
  exchanges: Exchange[];
}

export const WALL_S = 1_700_000_000;
export const BOOT_TEXT = 'Cohesix boot: root-task online\nmanifest.schema=1.5\n';

const DIR = 0x80;
const APPEND = 0x40;
const FILE = 0;

// qid.path: SipHash-1-3 of the names, fixed for ever (namespace/paths.ts).
const QIDS: Record<string, bigint> = {
  '/': 0xd1fb_a762_150c_532cn,
};

function qid(type: number, path: string): Buffer {
  const known = QIDS[path];
  if (known === undefined) throw new Error(`no qid for ${path}`);
  const out = Buffer.alloc(13);
  out.writeUInt8(type, 0);
  out.writeBigUInt64LE(known, 5);
  return out;
}

/** Tells this module the qids of further paths: the test computes them with a SipHash of its own. */
export function learnQids(hash: (names: readonly string[]) => bigint): void {
  for (const path of ['/proc', '/proc/boot', '/log', '/log/queen.log', '/proc/lifecycle']) {
    QIDS[path] = hash(path.split('/').slice(1));
  }
  QIDS['/'] = hash([]);
}

const data = (text: string): Field[] => [u32(Buffer.byteLength(text)), Buffer.from(text)];
const row = (name: string, request: Buffer, reply: Buffer): Exchange => ({ name, request, reply });
const errno = (tag: number, code: number): Buffer => frame(7, tag, u32(code));

/** struct stat of Rgetattr. */
function attributes(mode: number, links: number, size: number): Field[] {
  const times = [u64(BigInt(WALL_S)), u64(0n)];
  return [
    ...[u32(mode), u32(0), u32(0), u64(BigInt(links)), u64(0n), u64(BigInt(size)), u64(4096n)],
    u64(BigInt(Math.ceil(size / 512))),
    ...[...times, ...times, ...times],
    ...[u64(0n), u64(0n), u64(0n), u64(0n)],
  ];
}

export function linux(): Conversation {
  const walkBoot = frame(110, 2, u32(0), u32(1), u16(2), 'proc', 'boot');
  const refused: [string, number, number, Field[]][] = [
    ['Tauth', 102, 2, [u32(9), 'queen', '', u32(0)]],
    ['Tlcreate', 14, 1, [u32(0), 'x', u32(0), u32(0o644), u32(0)]],
    ['Tsymlink', 16, 1, [u32(0), 'x', 'y', u32(0)]],
    ['Tmknod', 18, 1, [u32(0), 'x', u32(0), u32(0), u32(0), u32(0)]],
    ['Trename', 20, 1, [u32(1), u32(0), 'x']],
    ['Treadlink', 22, 22, [u32(1)]],
    ['Tsetattr', 26, 1, [u32(1), u32(0), u32(0), u32(0), u32(0), u64(0n), u64(0n), u64(0n), u64(0n), u64(0n)]],
    ['Txattrwalk', 30, 95, [u32(1), u32(8), 'user.x']],
    ['Txattrcreate', 32, 95, [u32(1), 'user.x', u64(0n), u32(0)]],
    ['Tlink', 70, 1, [u32(0), u32(1), 'x']],
    ['Tmkdir', 72, 1, [u32(0), 'x', u32(0o755), u32(0)]],
    ['Trenameat', 74, 1, [u32(0), 'x', u32(0), 'y']],
    ['Tunlinkat', 76, 1, [u32(0), 'x', u32(0)]],
  ];
  return {
    name: '9P2000.L',
    exchanges: [
      row('Tversion', frame(100, NO_TAG, u32(65536), '9P2000.L'), frame(101, NO_TAG, u32(8192), '9P2000.L')),
      row('Tattach', frame(104, 1, u32(0), u32(NO_FID), 'queen', '', u32(NO_FID)), frame(105, 1, qid(DIR, '/'))),
      row('Twalk', walkBoot, frame(111, 2, u16(2), qid(DIR, '/proc'), qid(FILE, '/proc/boot'))),
      row(
        'Tgetattr of a file',
        frame(24, 3, u32(1), u64(0x7ffn)),
        frame(25, 3, u64(0x7ffn), qid(FILE, '/proc/boot'), ...attributes(0o100444, 1, BOOT_TEXT.length)),
      ),
      row(
        'Tgetattr of a directory',
        frame(24, 3, u32(0), u64(0x7ffn)),
        frame(25, 3, u64(0x7ffn), qid(DIR, '/'), ...attributes(0o40555, 2, 0)),
      ),
      row('Tlopen', frame(12, 4, u32(1), u32(0)), frame(13, 4, qid(FILE, '/proc/boot'), u32(8192 - 24))),
      row('Tread', frame(116, 5, u32(1), u64(0n), u32(8168)), frame(117, 5, ...data(BOOT_TEXT))),
      row('Tread at the end', frame(116, 5, u32(1), u64(1000n), u32(8168)), frame(117, 5, u32(0))),
      row('Tfsync', frame(50, 6, u32(1), u32(0)), frame(51, 6)),
      row(
        'Tstatfs',
        frame(8, 7, u32(0)),
        frame(9, 7, u32(0x0102_1997), u32(4096), u64(0n), u64(0n), u64(0n), u64(0n), u64(0n), u64(0n), u32(255)),
      ),
      ...refused.map(([name, type, code, fields]) => row(name, frame(type, 8, ...fields), errno(8, code))),
      row('Tlock', frame(52, 8, u32(1), u8(1), u32(1), u64(0n), u64(0n), u32(7), 'me'), frame(53, 8, u8(0))),
      row(
        'Tgetlock',
        frame(54, 8, u32(1), u8(0), u64(4n), u64(2n), u32(8), 'me'),
        frame(55, 8, u8(1), u64(0n), u64(0n), u32(7), 'me'),
      ),
      row('Tlock, blocked', frame(52, 8, u32(1), u8(0), u32(1), u64(9n), u64(1n), u32(8), 'me'), frame(53, 8, u8(1))),
      row('Tlock, unlock', frame(52, 8, u32(1), u8(2), u32(0), u64(0n), u64(0n), u32(7), 'me'), frame(53, 8, u8(0))),
      row('Tclunk', frame(120, 9, u32(1)), frame(121, 9)),
      row('Tclunk again', frame(120, 9, u32(1)), errno(9, 9)),
      row('Twalk in a loop', frame(110, 9, u32(0), u32(1), u16(1), '..'), errno(9, 71)),
      row('Twalk to nothing', frame(110, 9, u32(0), u32(1), u16(1), 'nope'), errno(9, 2)),
      row('Twalk, clone', frame(110, 9, u32(0), u32(1), u16(0)), frame(111, 9, u16(0))),
      row('Twalk in place', frame(110, 9, u32(1), u32(1), u16(1), 'log'), frame(111, 9, u16(1), qid(DIR, '/log'))),
      row('Tlopen of a directory', frame(12, 9, u32(1), u32(0o200000)), frame(13, 9, qid(DIR, '/log'), u32(8168))),
      row(
        'Treaddir',
        frame(40, 10, u32(1), u64(0n), u32(8168)),
        frame(41, 10, u32(33), qid(APPEND, '/log/queen.log'), u64(LOG_COOKIE), u8(8), 'queen.log'),
      ),
      row('Treaddir at the end', frame(40, 10, u32(1), u64(LOG_COOKIE), u32(8168)), frame(41, 10, u32(0))),
      row('Tread of a directory', frame(116, 10, u32(1), u64(0n), u32(100)), errno(10, 21)),
      row('Tremove', frame(122, 11, u32(1)), errno(11, 1)),
      row('Tremove clunks', frame(120, 11, u32(1)), errno(11, 9)),
      row(
        'Twalk to a log',
        frame(110, 12, u32(0), u32(2), u16(2), 'log', 'queen.log'),
        frame(111, 12, u16(2), qid(DIR, '/log'), qid(APPEND, '/log/queen.log')),
      ),
      row(
        'Tlopen to append',
        frame(12, 12, u32(2), u32(0o2001)),
        frame(13, 12, qid(APPEND, '/log/queen.log'), u32(8168)),
      ),
      row('Twrite', frame(118, 13, u32(2), u64(0n), ...data('hello\n')), frame(119, 13, u32(6))),
      row('Tread of it', frame(116, 13, u32(2), u64(0n), u32(10)), errno(13, 13)),
      row('Tflush', frame(108, 14, u16(13)), frame(109, 14)),
      row('an unknown message', frame(98, 15), errno(15, 95)),
      row('a short message', frame(120, 15, u16(0)), errno(15, 71)),
    ],
  };
}

/** Directory offset behind /log/queen.log: the number of its declaration. */
const LOG_COOKIE = (1n << 40n) | 4n;

export function classic(): Conversation {
  const ename = (tag: number, text: string): Buffer => frame(107, tag, text);
  const stat = (type: number, path: string, name: string, mode: number, size: number): Buffer => {
    const body = frame(
      0,
      0,
      ...[u16(0), u32(0), qid(type, path), u32(mode), u32(WALL_S), u32(WALL_S), u64(BigInt(size))],
      ...[name, 'cohesix', 'cohesix', 'cohesix'],
    ).subarray(7);
    const size16 = Buffer.alloc(2);
    size16.writeUInt16LE(body.length);
    return Buffer.concat([size16, body]);
  };
  const bootStat = stat(FILE, '/proc/boot', 'boot', 0o444, BOOT_TEXT.length);
  const rootStat = stat(DIR, '/', '/', 0x8000_0000 + 0o555, 0);
  const sized = (bytes: Buffer): Buffer => {
    const size = Buffer.alloc(2);
    size.writeUInt16LE(bytes.length);
    return Buffer.concat([size, bytes]);
  };
  return {
    name: '9P2000',
    exchanges: [
      row('Tversion', frame(100, NO_TAG, u32(4096), '9P2000'), frame(101, NO_TAG, u32(4096), '9P2000')),
      row(
        'Tauth',
        frame(102, 1, u32(9), 'queen', ''),
        ename(1, 'NotFound: no authentication file: the ticket is the attach name'),
      ),
      row('Tattach', frame(104, 1, u32(0), u32(NO_FID), 'queen', ''), frame(105, 1, qid(DIR, '/'))),
      row('Tstat of the root', frame(124, 2, u32(0)), frame(125, 2, sized(rootStat))),
      row(
        'Twalk',
        frame(110, 2, u32(0), u32(1), u16(2), 'proc', 'boot'),
        frame(111, 2, u16(2), qid(DIR, '/proc'), qid(FILE, '/proc/boot')),
      ),
      row('Tstat', frame(124, 3, u32(1)), frame(125, 3, sized(bootStat))),
      row('Topen', frame(112, 3, u32(1), u8(0)), frame(113, 3, qid(FILE, '/proc/boot'), u32(4096 - 24))),
      row('Tread', frame(116, 4, u32(1), u64(7n), u32(6)), frame(117, 4, ...data(BOOT_TEXT.slice(7, 13)))),
      row('Twstat', frame(126, 5, u32(1), sized(bootStat)), ename(5, 'Permission: attributes are fixed')),
      row('Tcreate', frame(114, 5, u32(0), 'x', u32(0), u8(0)), ename(5, 'Permission: create is disabled')),
      row('Tremove', frame(122, 5, u32(1)), ename(5, 'Permission: remove is disabled')),
      row('Twalk to nothing', frame(110, 6, u32(0), u32(1), u16(1), 'x'), ename(6, 'NotFound: path /x not found')),
      row('Tgetattr', frame(24, 6, u32(0), u64(0n)), ename(6, 'Invalid: unsupported message type 24')),
      row('Tclunk', frame(120, 7, u32(0)), frame(121, 7)),
    ],
  };
}

export function compact(): Conversation {
  const error = (tag: number, code: string, text: string): Buffer => frame(107, tag, code, text);
  return {
    name: '9P2000.L with classic messages',
    exchanges: [
      row(
        'Tversion refused',
        frame(100, 1, u32(8192), '9P2000.u'),
        error(1, 'Invalid', 'unsupported version 9P2000.u'),
      ),
      row(
        'Tattach before Tversion',
        frame(104, 1, u32(1), u32(NO_FID), 'queen', '', u32(0)),
        error(1, 'Invalid', 'version negotiation required before attach'),
      ),
      row('Tversion', frame(100, 1, u32(65536), '9P2000.L'), frame(101, 1, u32(8192), '9P2000.L')),
      row(
        'Twalk before Tattach',
        frame(110, 2, u32(1), u32(2), u16(0)),
        error(2, 'Invalid', 'attach required before operation'),
      ),
      row('Tattach', frame(104, 2, u32(1), u32(NO_FID), 'queen', '', u32(0)), frame(105, 2, qid(DIR, '/'))),
      row('Twalk', frame(110, 3, u32(1), u32(2), u16(1), 'log'), frame(111, 3, u16(1), qid(DIR, '/log'))),
      row('Topen', frame(112, 4, u32(2), u8(0)), frame(113, 4, qid(DIR, '/log'), u32(8192))),
      row('Tread', frame(116, 5, u32(2), u64(0n), u32(8192)), frame(117, 5, ...data('queen.log\n'))),
      row('Tclunk', frame(120, 6, u32(2)), frame(121, 6)),
      row('Tclunk again', frame(120, 6, u32(2)), error(6, 'Closed', 'fid 2 already closed')),
      row('a clunked fid', frame(110, 7, u32(1), u32(2), u16(0)), error(7, 'Invalid', 'fid 2 was clunked')),
      row('Twalk to nothing', frame(110, 7, u32(1), u32(3), u16(1), 'x'), error(7, 'NotFound', 'path /x not found')),
      row(
        'nine names',
        frame(110, 7, u32(1), u32(3), u16(9), ...Array<string>(9).fill('a')),
        error(7, 'Invalid', 'invalid path component'),
      ),
      row('Tgetattr', frame(24, 8, u32(9), u64(0n)), errno(8, 9)),
      row('an unknown message', frame(99 + 128, 8), error(8, 'Invalid', 'unsupported message type 227')),
      row('an unfinished message', frame(110, 9, u32(1)), error(9, 'Invalid', 'truncated frame')),
    ],
  };
}
