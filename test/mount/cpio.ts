// SPDX-License-Identifier: Apache-2.0
/** Archives in the format `newc` of cpio, which Linux unpacks as its first file system. */

export interface Entry {
  path: string;
  /** Absent: a directory. */
  data?: Buffer;
  mode: number;
}

const DIRECTORY = 0o040000;
const FILE = 0o100000;

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function entry(number: number, path: string, mode: number, data: Buffer): Buffer {
  const name = Buffer.from(`${path}\0`);
  // inode, mode, uid, gid, links, time, size, four device numbers, name's size, checksum
  const fields = [number, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(head), name])), padded(data)]);
}

/** The archive; directories come before what is in them. */
export function archive(entries: readonly Entry[]): Buffer {
  const parts = entries.map(({ path, data, mode }, n) =>
    entry(n + 1, path, (data === undefined ? DIRECTORY : FILE) | mode, data ?? Buffer.alloc(0)),
  );
  return Buffer.concat([...parts, entry(0, 'TRAILER!!!', 0, Buffer.alloc(0))]);
}
