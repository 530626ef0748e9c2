// SPDX-License-Identifier: Apache-2.0
// The generated modules as AssemblyScript sees them: they compile, and a program that reads them finds the layout.
import asc from 'assemblyscript/asc';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { layoutArtifacts, planArtifacts } from '../../../compiler/src/layout/index.ts';
import { baseText, layoutOf } from './support.ts';

const PROGRAM = `
import * as table from './generated/layout';
import * as net from './generated/domains/net';
import * as shell from './generated/domains/console';
export function domain(index: u32): u64 { return table.DOMAINS[index]; }
export function map(index: u32): u64 { return table.MAPS[index]; }
export function cap(index: u32): u64 { return table.CAPS[index]; }
export function shared(index: u32): u64 { return table.SHARED[index]; }
export function lengths(): u32 { return table.PRIVATE.length + table.CALLS.length + table.ROOT_CHANNELS.length; }
export function name(index: u32): i32 { return table.DOMAIN_NAMES[index].charCodeAt(0); }
export function none(): u64 { return table.NONE; }
export function ring(): u32 { return table.LOG_OFFSET + table.ROOT_CHANNEL_LOG; }
export function dma(): u32 { return net.DMA_PACKETS_OFFSET + net.REGION_VIRTIO_NET; }
export function slot(): u64 { return shell.SLOT_SUPERVISOR | (shell.EVENT_LOG << 8); }
`;

interface Program {
  domain: (index: number) => bigint;
  map: (index: number) => bigint;
  cap: (index: number) => bigint;
  shared: (index: number) => bigint;
  lengths: () => number;
  name: (index: number) => number;
  none: () => bigint;
  ring: () => number;
  dma: () => number;
  slot: () => bigint;
}

async function compile(files: ReadonlyMap<string, string>): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const errors: string[] = [];
  const { error } = await asc.main(['main.ts', '--outFile', 'm.wasm', '--runtime', 'stub', '--use', 'abort='], {
    readFile: (name: string) => files.get(posix.normalize(name)) ?? null,
    writeFile: (name: string, contents: unknown) => {
      if (name.endsWith('m.wasm')) wasm = contents as Uint8Array;
    },
    listFiles: () => [],
    stderr: { write: (chunk: unknown) => void errors.push(String(chunk)) },
  });
  if (error !== null || wasm === undefined) throw new Error(errors.join(''));
  return wasm;
}

test('AssemblyScript reads the layout that the compiler made', async () => {
  const { plan, layout } = layoutOf(baseText);
  const artifacts = [...planArtifacts(plan), ...layoutArtifacts(plan, layout)];
  const files = new Map(artifacts.map(({ path, content }) => [path, content]));
  const wasm = await compile(new Map([...files, ['main.ts', PROGRAM]]));
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource, {});
  const program = instance.exports as unknown as Program;
  const word = (read: (index: number) => bigint, index: number): bigint => BigInt.asUintN(64, read(index));
  const shell = 3 * 34;
  expect(word(program.domain, shell + 7)).toBe(0x1fc000n);
  expect(word(program.domain, shell + 32)).toBe(3n);
  const firstMap = Number(word(program.domain, shell + 20));
  expect(word(program.map, firstMap * 6 + 3)).toBe(0n);
  expect(word(program.cap, Number(word(program.domain, shell + 22)) * 6)).toBe(1n);
  expect(word(program.shared, 4)).toBe(2n ** 64n - 1n);
  const rows = layout.domains.reduce((sum, d) => sum + d.private.length * 3 + d.calls.length * 2, 0);
  expect(program.lengths()).toBe(rows + layout.rootChannels.length * 5);
  expect(program.name(3)).toBe('s'.charCodeAt(0));
  expect(BigInt.asUintN(64, program.none())).toBe(2n ** 64n - 1n);
  expect([program.ring(), program.dma()]).toEqual([0x209000, 0x5000]);
  expect(program.slot()).toBe(4n | (4n << 8n));
});
