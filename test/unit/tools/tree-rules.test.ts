// SPDX-License-Identifier: Apache-2.0
/** Rules for every file of the tree: what is found, and what is let through. */
import { expect, it } from 'vitest';
import { COMMENT_COLUMNS, findings, SPDX } from '../../../tools/tree-rules.ts';

const HEAD = `// ${SPDX}\n`;
const C_HEAD = `/* ${SPDX} */\n`;
const WIDE = 'x'.repeat(COMMENT_COLUMNS);
// Put together here, so that this file passes its own rules.
const HOME = ['', 'home', 'me', 'cohesix'].join('/');
const BLANK = ' ';

const FOUND: readonly [name: string, path: string, text: string, expected: string][] = [
  ['no SPDX line', 'tools/a.ts', 'export {};\n', `1: there is no ${SPDX}`],
  ['an SPDX line too far down', 'tools/a.c', `\n${C_HEAD}`, `1: there is no ${SPDX}`],
  ['a script without it', 'tools/a.sh', '#!/bin/sh\necho\n', `2: there is no ${SPDX}`],
  ['a wide comment', 'tools/a.ts', `${HEAD}// ${WIDE}\n`, '2: a comment of 123 columns: at most 120'],
  [
    'a wide line of a block',
    'kernel/a.c',
    `${C_HEAD}/*\n * ${WIDE}\n */\n`,
    '3: a comment of 123 columns: at most 120',
  ],
  ['a wide line of a script', 'tools/a.sh', `# ${SPDX}\n# ${WIDE}\n`, '2: a comment of 122 columns: at most 120'],
  ['a wide end of a line', 'kernel/a.c', `${C_HEAD}int a; /* ${WIDE} */\n`, '2: a comment of 133 columns: at most 120'],
  ['trailing blanks', 'docs/a.md', `a${BLANK}\n`, '1: trailing blanks'],
  ['a path of a machine', 'docs/a.md', `see ${HOME}\n`, '1: a path of the machine that this was made on'],
  [
    'such a path in an expected output',
    'test/a.expected',
    `${HOME}\n`,
    '1: a path of the machine that this was made on',
  ],
];

it.each(FOUND)('finds %s', (_, path, text, expected) => {
  const found = findings(path, Buffer.from(text)).map(({ line, message }) => `${line}: ${message}`);
  expect(found).toEqual([expected]);
});

const PASSED: readonly [name: string, path: string, text: string][] = [
  ['a clean file', 'tools/a.ts', `${HEAD}export {};\n`],
  ['a script', 'tools/a.sh', `#!/bin/sh\n# ${SPDX}\n`],
  ['characters of several bytes', 'tools/a.ts', `${HEAD}// ${'→'.repeat(117)}\n`],
  ['wide code', 'tools/a.ts', `${HEAD}const a = '${WIDE}';\n`],
  ['a wide line of a page', 'docs/a.md', `${WIDE}x\n`],
  ['the input of a compiler', 'test/unit/aot/assembly/traps/main.ts', 'export {};\n'],
  ['trailing blanks in an expected output', 'test/a.expected', `a${BLANK}\n`],
  ['paths of the namespace', 'docs/a.md', '`/proc/root/cut_reason`, `$HOME/work/x`, `../home/x`\n'],
  ['binary files', 'tools/a.ts', `\0 ${HOME}\n`],
];

it.each(PASSED)('lets %s through', (_, path, text) => expect(findings(path, Buffer.from(text))).toEqual([]));
