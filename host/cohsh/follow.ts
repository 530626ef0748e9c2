// SPDX-License-Identifier: Apache-2.0
/** Following a file of which only snapshots can be had: what is new in the next one. For `tail -f` over consoles. */

/**
 * The lines of `next` that `previous` does not have. Snapshots are the newest lines of the same growing file, so the end of the
 * old one is the beginning of the new one; the longest such overlap is taken. A ring of bytes may have cut the first line of
 * `next` short. `gap`: there is no overlap, so lines in between may be lost.
 */
export function newLines(
  previous: readonly string[],
  next: readonly string[],
): { lines: readonly string[]; gap: boolean } {
  const overlap = overlapOf(previous, next);
  if (overlap > 0 || previous.length === 0 || next.length === 0) return { lines: next.slice(overlap), gap: false };
  const [cut = '', ...rest] = next;
  const whole = overlapOf(previous, rest);
  if (previous[previous.length - whole - 1]?.endsWith(cut) === true) return { lines: rest.slice(whole), gap: false };
  return { lines: next, gap: true };
}

/** Length of the longest end of `previous` that `next` begins with, in linear time (Knuth, Morris and Pratt). */
function overlapOf(previous: readonly string[], next: readonly string[]): number {
  const failure: number[] = [0];
  for (let i = 1, k = 0; i < next.length; i++) {
    while (k > 0 && next[i] !== next[k]) k = failure[k - 1] ?? 0;
    if (next[i] === next[k]) k++;
    failure.push(k);
  }
  let matched = 0;
  for (const line of previous) {
    while (matched > 0 && (matched === next.length || line !== next[matched])) matched = failure[matched - 1] ?? 0;
    if (line === next[matched] && next.length > 0) matched++;
  }
  return matched;
}
