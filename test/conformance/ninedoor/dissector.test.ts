// SPDX-License-Identifier: Apache-2.0
/** An independent dissector (tshark) reads our golden conversations, field by field. Skipped where it is not installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../unit/ninedoor/build.ts';
import { parseReply, Reader } from '../../unit/ninedoor/frames.ts';
import { classic, learnQids, linux, type Exchange } from './exchanges.ts';
import { capture } from './pcap.ts';
import { sipHash13 } from './siphash.ts';

const installed = spawnSync('tshark', ['--version']).status === 0;
if (!installed) console.warn('skipped: tshark is not installed (apt-get install tshark)');

learnQids((names) => sipHash13(Buffer.concat(names.flatMap((name) => [Buffer.from(name), Buffer.from([0xff])]))));

const FIELDS = [
  '_ws.malformed',
  '9p.msglen',
  '9p.msgtype',
  '9p.tag',
  '9p.qidpath',
  '9p.qidtype',
  '9p.ename',
  '9p.statmode',
  '9p.size',
  '9p.nlink',
  '9p.iounit',
  '9p.count',
  '9p.maxsize',
  '9p.version',
] as const;
type Field = (typeof FIELDS)[number];
type Packet = Record<Field, string>;

function dissect(name: string, exchanges: readonly Exchange[]): Packet[] {
  const folder = join(ROOT, 'out/test/ninedoor');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.pcap`);
  writeFileSync(path, capture(exchanges));
  const options = FIELDS.flatMap((field) => ['-e', field]);
  const output = execFileSync(
    'tshark',
    ['-r', path, '-T', 'fields', '-E', 'separator=|', '-E', 'occurrence=a', ...options],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 60_000,
    },
  );
  const lines = output.split('\n').slice(0, -1);
  return lines.map((line) => {
    const values = line.split('|');
    return Object.fromEntries(FIELDS.map((field, index) => [field, values[index] ?? ''])) as Packet;
  });
}

/** What the dissector must have found in a reply, from our own reading of it. */
function expectedFields(reply: Buffer): Partial<Packet> {
  const { type, tag, body } = parseReply(reply);
  const common = {
    '_ws.malformed': '',
    '9p.msglen': String(reply.length),
    '9p.msgtype': String(type),
    '9p.tag': String(tag),
  };
  const qids = (reader: Reader, count: number): Partial<Packet> => {
    const found = Array.from({ length: count }, () => reader.qid());
    return {
      '9p.qidpath': found.map((qid) => qid.path.toString()).join(','),
      '9p.qidtype': found.map((qid) => `0x${qid.type.toString(16).padStart(2, '0')}`).join(','),
    };
  };
  switch (type) {
    case 7:
      return common; // tshark 4.0 does not show the error number
    case 101:
      return { ...common, '9p.maxsize': String(body.u32()), '9p.version': body.text() };
    case 107:
      return { ...common, '9p.ename': body.text() };
    case 105:
      return { ...common, ...qids(body, 1) };
    case 111:
      return { ...common, ...qids(body, body.u16()) };
    case 13:
    case 113:
      return { ...common, ...qids(body, 1), '9p.iounit': String(body.u32()) };
    case 25: {
      body.u64();
      const found = qids(body, 1);
      const mode = String(body.u32());
      body.take(8);
      const links = body.u64().toString();
      body.u64();
      return { ...common, ...found, '9p.statmode': mode, '9p.nlink': links, '9p.size': body.u64().toString() };
    }
    case 117:
    case 119:
    case 41:
      return { ...common, '9p.count': String(body.u32()) };
    default:
      return common;
  }
}

describe.skipIf(!installed)('tshark', () => {
  it.each([linux(), classic()])('reads $name', ({ name, exchanges }) => {
    const packets = dissect(name, exchanges);
    expect(packets).toHaveLength(2 * exchanges.length);
    exchanges.forEach(({ name: what, request, reply }, index) => {
      const [asked, answered] = [packets[2 * index], packets[2 * index + 1]];
      if (what === 'Tgetlock') return; // tshark 4.0 expects a flags field there, which the protocol does not have
      expect(answered, `reply to ${what}`).toMatchObject(expectedFields(reply));
      if (what.startsWith('a')) return; // not meant to be a message
      expect(asked?.['_ws.malformed'], what).toBe('');
      expect(asked?.['9p.msgtype'], what).toBe(String(request.readUInt8(4)));
    });
  });
});
