// SPDX-License-Identifier: Apache-2.0
/**
 * Owns paths of the tree on the client's side: absolute, of at most eight names, none of them `.`, `..` or with a NUL.
 * The node refuses others, too.
 */
import { NAME_BYTES, WALK_DEPTH } from './defaults.ts';

/** The names of a path, or undefined if no node has such a path. */
export function pathNames(path: string): string[] | undefined {
  if (!path.startsWith('/')) return undefined;
  if (path === '/') return [];
  const names = path.slice(1).split('/');
  if (names.at(-1) === '') names.pop();
  if (names.length > WALK_DEPTH) return undefined;
  const good = names.every(
    (name) =>
      name !== '' && name !== '.' && name !== '..' && !name.includes('\0') && Buffer.byteLength(name) <= NAME_BYTES,
  );
  return good ? names : undefined;
}

/** Why the shell does not even send a path, or undefined. */
export function pathMistake(path: string): string | undefined {
  if (!path.startsWith('/')) return 'paths must be absolute';
  const names = path.split('/').filter((name) => name !== '');
  const odd = names.find((name) => name === '.' || name === '..' || name.includes('\0'));
  if (odd !== undefined) return `path component '${odd}' is not permitted`;
  if (names.length > WALK_DEPTH) return `path exceeds maximum depth of ${WALK_DEPTH} components`;
  return undefined;
}
