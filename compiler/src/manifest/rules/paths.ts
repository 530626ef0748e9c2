// SPDX-License-Identifier: Apache-2.0
/** Paths in the node's file tree, as several rules take them apart. */
import { MAX_WALK_DEPTH } from '../schema/limits.ts';

/** Components of an absolute path: `/a/b` → `a`, `b`; the root has none. Empty components stay, to be refused. */
export function componentsOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

/** What is wrong with a path below the root, worded as the interface fixes it; `undefined` when nothing is. */
export function pathFault(path: string, wording: { depth: string; maxDepth: number }): string | undefined {
  if (!path.startsWith('/')) return 'must be an absolute path';
  const components = componentsOf(path);
  if (components.length === 0) return 'must not be root';
  if (components.length > wording.maxDepth) return wording.depth;
  if (components.includes('..')) return "contains disallowed '..'";
  if (components.includes('')) return 'contains empty path component';
  return undefined;
}

/** The wording of most tables, where the depth limit is the protocol's. */
export const PROTOCOL_DEPTH = { depth: `exceeds walk depth ${MAX_WALK_DEPTH}`, maxDepth: MAX_WALK_DEPTH };

export function isLegacyWorkerPath(components: readonly string[]): boolean {
  return components[0] === 'worker';
}
