// SPDX-License-Identifier: Apache-2.0
/** Owns where asc's paths lie. Apart from asc.ts, whose own imports are too heavy for who only looks into a cache. */
import { join, normalize, posix } from 'node:path';

/** The place that a path seen by asc stands for. */
export function resolveSource(request: { root: string; generatedDir: string }, name: string): string {
  const path = posix.normalize(name);
  if (path.startsWith('generated/')) return join(request.generatedDir, path.slice('generated/'.length));
  return normalize(join(request.root, path));
}
