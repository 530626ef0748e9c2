// SPDX-License-Identifier: Apache-2.0
/** `cat` of a `.cbor` file: what the node's own writer makes is shown as data. */
import { describe, expect, it } from 'vitest';
import { cborLines } from '../../../host/cohsh/cbor-text.ts';
import { mockShell } from '../../conformance/cohsh/harness.ts';

describe('items', () => {
  it.each([
    ['a2 6161 01 6162 82 f5 f6', '{"a": 1, "b": [true, null]}'],
    ['1b ffffffffffffffff', '18446744073709551615'],
    ['3b ffffffffffffffff', '-18446744073709551616'],
    ['42 00ff', "h'00ff'"],
    ['63 22c3bc', '"\\"ü"'],
    ['f9 3e00', '1.5'],
    ['f7', 'undefined'],
    ['d9 03e7 01', '999(1)'],
    ['a1 01 02', '{1: 2}'],
    ['01 02', '1\n2'],
  ])('%s', (hex, text) => expect(cborLines(Buffer.from(hex.replaceAll(' ', ''), 'hex'))?.join('\n')).toBe(text));

  it.each(['a1 6161', '82 01', '1c', '81'.repeat(100_000)])('%.20s is no CBOR', (hex) => {
    expect(cborLines(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBeUndefined();
  });
});

describe('cat', () => {
  async function shown(line: string): Promise<string[]> {
    const { shell, capture } = await mockShell();
    await shell.run('attach queen');
    capture.take();
    await shell.run(line);
    return capture.take();
  }

  it('shows data under the same acknowledgement', async () => {
    const [ack, ...lines] = await shown('cat /proc/9p/outstanding.cbor');
    const [rawAck, ...raw] = await shown('cat --raw /proc/9p/outstanding.cbor');
    expect(ack).toBe(rawAck);
    expect(lines).toEqual([expect.stringMatching(/^\{"\w+": \d+(, "\w+": \d+)*\}$/)]);
    expect(raw).toEqual([expect.stringMatching(/^b64:[A-Za-z0-9+/]+=*$/)]);
  });

  it('shows other files as they are, with --raw too', async () => {
    expect(await shown('cat --raw /proc/9p/outstanding')).toEqual(await shown('cat /proc/9p/outstanding'));
    expect(await shown('cat --raw')).toEqual(['Error: cat requires a path']);
  });
});
