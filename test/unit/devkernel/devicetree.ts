// SPDX-License-Identifier: Apache-2.0
/** Builds flattened device trees (version 17) for the tests of the devkernel's reader. */

export interface TreeNode {
  readonly name: string;
  readonly properties?: Readonly<Record<string, Uint8Array | string | readonly number[]>>;
  readonly children?: readonly TreeNode[];
}

export interface Reservation {
  readonly start: bigint;
  readonly bytes: bigint;
}

const HEADER_BYTES = 40;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const END = 9;

function cell(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function value(of: Uint8Array | string | readonly number[]): Uint8Array {
  if (typeof of === 'string') return Buffer.from(`${of}\0`);
  return of instanceof Uint8Array ? of : Buffer.concat(of.map(cell));
}

export function buildTree(root: TreeNode, reservations: readonly Reservation[] = []): Buffer {
  const names = new Map<string, number>();
  let strings = Buffer.alloc(0);
  const nameOffset = (name: string): number => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const offset = strings.length;
    names.set(name, offset);
    strings = Buffer.concat([strings, Buffer.from(`${name}\0`)]);
    return offset;
  };
  const encode = (node: TreeNode): Buffer[] => [
    cell(BEGIN_NODE),
    padded(Buffer.from(`${node.name}\0`)),
    ...Object.entries(node.properties ?? {}).flatMap(([name, of]) => {
      const bytes = value(of);
      return [cell(PROPERTY), cell(bytes.length), cell(nameOffset(name)), padded(bytes)];
    }),
    ...(node.children ?? []).flatMap(encode),
    cell(END_NODE),
  ];
  const structure = Buffer.concat([...encode(root), cell(END)]);
  const reserved = Buffer.alloc(16 * (reservations.length + 1));
  reservations.forEach((r, i) => {
    reserved.writeBigUInt64BE(r.start, i * 16);
    reserved.writeBigUInt64BE(r.bytes, i * 16 + 8);
  });
  const structureAt = HEADER_BYTES + reserved.length;
  const stringsAt = structureAt + structure.length;
  const header = [0xd00dfeed, stringsAt + strings.length, structureAt, stringsAt, HEADER_BYTES, 17, 16, 0];
  return Buffer.concat([
    ...[...header, strings.length, structure.length].map(cell),
    reserved,
    structure,
    padded(strings).subarray(0, strings.length),
  ]);
}
