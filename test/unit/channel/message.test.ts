// SPDX-License-Identifier: Apache-2.0
/** The message buffer of a call channel, with honest and with hostile peers on either side. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { BASE, channelModule, DEST, Library, SOURCE } from './library.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await channelModule();
});

const BYTES = 8192;
const HALF = BYTES / 2;
const OK = 0n;
const CLOSED = 5n;
const TOO_BIG = 6n;
const REFUSED = 0xffff_ffff;

const payload = fc.uint8Array({ maxLength: 200 });
const anyLength = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: BigInt(BYTES) + 1n }),
);

it('carries request and reply', () => {
  fc.assert(
    fc.property(payload, payload, (request, reply) => {
      const client = new Library(module);
      const server = new Library(module);
      client.server = ({ label, words }) => {
        expect(label).toBe(3n);
        server.at(BASE, BYTES).set(client.at(BASE, BYTES));
        server.messages.receive({ label, words });
        const count = server.exports.request(BASE, BYTES, DEST, HALF);
        expect([...server.at(DEST, count)]).toEqual([...request]);
        server.at(SOURCE, reply.length).set(reply);
        server.exports.answer(BASE, BYTES, SOURCE, reply.length);
        client.at(BASE, BYTES).set(server.at(BASE, BYTES));
        return server.replies.pop() ?? { label: CLOSED, words: [] };
      };
      client.at(SOURCE, request.length).set(request);
      expect(client.exports.exchange(BASE, BYTES, 3n, SOURCE, request.length, DEST, HALF)).toBe(OK);
      expect(client.exports.replyBytes()).toBe(reply.length);
      expect([...client.at(DEST, reply.length)]).toEqual([...reply]);
    }),
    { numRuns: 100, seed: 1 },
  );
});

it('takes halves that are full, and nothing more', () => {
  const client = new Library(module);
  client.server = () => ({ label: OK, words: [BigInt(HALF)] });
  expect(client.exports.exchange(BASE, BYTES, 1n, SOURCE, HALF, DEST, HALF)).toBe(OK);
  expect(client.exports.replyBytes()).toBe(HALF);
  expect(client.exports.exchange(BASE, BYTES, 1n, SOURCE, HALF + 1, DEST, HALF)).toBe(TOO_BIG);
  expect(client.exports.exchange(BASE, BYTES, 1n, SOURCE, 1, DEST, HALF - 1)).toBe(TOO_BIG);
  expect(client.exports.replyBytes()).toBe(0);
  client.exports.answer(BASE, BYTES, SOURCE, HALF + 1);
  expect(client.replies).toEqual([{ label: TOO_BIG, words: [0n] }]);
});

it('tells that the server is gone', () => {
  const client = new Library(module);
  client.server = () => ({ label: CLOSED, words: [] });
  expect(client.exports.exchange(BASE, BYTES, 1n, SOURCE, 10, DEST, HALF)).toBe(CLOSED);
  expect(client.exports.replyBytes()).toBe(0);
});

it('takes a message without words for an empty one', () => {
  const client = new Library(module);
  client.server = () => ({ label: OK, words: [] });
  expect(client.exports.exchange(BASE, BYTES, 1n, SOURCE, 10, DEST, HALF)).toBe(OK);
  expect(client.exports.replyBytes()).toBe(0);
});

/** A peer that overwrites the frames whenever it can. */
function hostile(library: Library, values: Iterator<number>): void {
  library.step = () => void library.at(BASE, BYTES).fill(values.next().value as number);
}

it('a client is not harmed by what a server answers', () => {
  fc.assert(
    fc.property(anyLength, fc.nat(BYTES), fc.infiniteStream(fc.nat(255)), (length, limit, values) => {
      const client = new Library(module);
      hostile(client, values);
      client.server = () => ({ label: OK, words: [length] });
      const fits = length <= BigInt(Math.min(HALF, limit));
      const count = fits ? Number(length) : 0;
      const before = client.untouchable(BYTES, DEST, count);
      expect(client.exports.exchange(BASE, BYTES, 1n, SOURCE, 16, DEST, limit)).toBe(fits ? OK : TOO_BIG);
      expect(client.exports.replyBytes()).toBe(count);
      const after = client.untouchable(BYTES, DEST, count);
      expect(Buffer.compare(before.subarray(BASE), after.subarray(BASE))).toBe(0);
    }),
    { numRuns: 300, seed: 2 },
  );
});

it('a server is not harmed by what a client sends', () => {
  fc.assert(
    fc.property(anyLength, fc.nat(BYTES), fc.infiniteStream(fc.nat(255)), (length, limit, values) => {
      const server = new Library(module);
      hostile(server, values);
      server.messages.receive({ label: 1n, words: [length] });
      const fits = length <= BigInt(Math.min(HALF, limit));
      const count = fits ? Number(length) : 0;
      const before = server.untouchable(BYTES, DEST, count);
      expect(server.exports.request(BASE, BYTES, DEST, limit) >>> 0).toBe(fits ? count : REFUSED);
      const after = server.untouchable(BYTES, DEST, count);
      expect(Buffer.compare(before.subarray(BASE), after.subarray(BASE))).toBe(0);
    }),
    { numRuns: 300, seed: 3 },
  );
});
