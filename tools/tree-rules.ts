// SPDX-License-Identifier: Apache-2.0
/**
 * Owns what every file under version control must keep to, whatever its language: the SPDX line, the width of comments,
 * no path of a build machine, no trailing blanks. Pure: takes a path and its bytes. tools/check-tree.ts walks the tree.
 */

export interface Finding {
  /** Counted from 1. */
  line: number;
  message: string;
}

export const SPDX = 'SPDX-License-Identifier: Apache-2.0';
export const COMMENT_COLUMNS = 120;

/**
 * Folders with comments that are still too wide; a path is in one if it begins so. The list only shrinks: whoever
 * mends the last comment of a folder takes it out.
 */
export const STILL_WIDE: readonly string[] = ['domains/', 'host/', 'lib/', 'ninedoor/', 'qemu/', 'roottask/', 'test/'];

const SOURCE = /\.(ts|mts|js|mjs|c|h|S|ld|sh|py)$|(^|\/)Makefile$|^\.ci\//;
/** Inputs of compilers under test: their expected outputs hold line numbers and hashes of them. */
const COMPILER_INPUT = /^test\/unit\/aot\/assembly\//;
/** Expected outputs and wrong inputs: their bytes are the point. */
const EXACT_BYTES = /^test\/.*(\.expected$|\/golden\/|\/transcripts\/|\/mistakes\/)/;
const BUILD_MACHINE = /(?<![\w.$}])\/(?:home|root|work|Users)\/[\w.-]/;
const COMMENT = /^\s*(?:\/\/|\/\*|\*|#(?!include|define|if|pragma))|\s\/\/ |\s\/\*.*\*\/$/;

export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8192).includes(0);
}

export function findings(path: string, bytes: Uint8Array): Finding[] {
  if (isBinary(bytes)) return [];
  const lines = new TextDecoder().decode(bytes).split('\n');
  const source = SOURCE.test(path);
  const found: Finding[] = [];
  if (source && !COMPILER_INPUT.test(path)) found.push(...licence(lines));
  const narrow = source && !STILL_WIDE.some((folder) => path.startsWith(folder));
  for (const [index, text] of lines.entries()) {
    const report = (message: string): number => found.push({ line: index + 1, message });
    if (BUILD_MACHINE.test(text)) report('a path of the machine that this was made on');
    if (!EXACT_BYTES.test(path) && /[ \t]$/.test(text)) report('trailing blanks');
    if (narrow && COMMENT.test(text)) {
      const columns = [...text].length;
      if (columns > COMMENT_COLUMNS) report(`a comment of ${columns} columns: at most ${COMMENT_COLUMNS}`);
    }
  }
  return found;
}

/** The line is the first, or the second after `#!`. */
function licence(lines: readonly string[]): Finding[] {
  const line = lines[0]?.startsWith('#!') === true ? 1 : 0;
  return lines[line]?.includes(SPDX) === true ? [] : [{ line: line + 1, message: `there is no ${SPDX}` }];
}
