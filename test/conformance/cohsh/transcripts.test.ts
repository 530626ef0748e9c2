// SPDX-License-Identifier: Apache-2.0
/**
 * Golden transcripts: what each command shows, to the byte, on the mock. A line `coh> …` is typed, what follows is the answer;
 * `# advance <ms>` lets time pass, `# seed-gpu` is for the node, other comments are comments. What depends on time, and what the
 * node's log and its root hold beside our own, is shown as `<…>`.
 *
 * COHSH_UPDATE_TRANSCRIPTS=1 writes the answers anew: read the difference before it is kept.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mockShell, PROMPT } from './harness.ts';

const DIR = join(import.meta.dirname, 'transcripts');
const files = readdirSync(DIR).filter((file) => file.endsWith('.txt'));

/** What transcripts write to the log. */
const OWN_LINE = /^(hello|single quotes|double quotes|"unmatched')$/;

function masked(line: string): string {
  return line
    .replace(/\b(elapsed_ms|ops_per_s)=\d+/g, '$1=<n>')
    .replace(/"elapsed_ms":\d+/g, '"elapsed_ms":<n>')
    .replace(/(path=\/log\/queen\.log data=).*?(\)?)$/g, '$1<log>$2')
    .replace(/(path=\/proc entries=)\d+/g, '$1<n>')
    .replace(/("detail":"OK (?:CAT path=\/log\/queen\.log data|LS path=\/proc entries)=).*/g, '$1<rest>');
}

async function replay(text: string): Promise<string> {
  const { shell, node, capture } = await mockShell({ seedGpu: text.includes('\n# seed-gpu\n') });
  const out: string[] = [];
  for (const line of text.split('\n')) {
    const advance = /^# advance (\d+)$/.exec(line)?.[1];
    if (advance !== undefined) await node.advance(Number(advance));
    if (line.startsWith('#')) out.push(line);
    if (!line.startsWith(PROMPT)) continue;
    out.push(line);
    await shell.run(line.slice(PROMPT.length));
    const shown = capture.take().map(masked);
    // The log has lines of the node's own: only those that the transcript wrote are compared.
    const ofLog = shown[0]?.endsWith('path=/log/queen.log') === true && shown[0].startsWith('[console] OK TAIL');
    out.push(...(ofLog ? shown.filter((text, index) => index === 0 || OWN_LINE.test(text)) : shown));
  }
  await shell.close();
  return `${out.join('\n')}\n`;
}

describe('golden transcripts', () => {
  it.each(files)('%s', async (file) => {
    const path = join(DIR, file);
    const expected = readFileSync(path, 'utf8');
    const actual = await replay(expected);
    if (process.env['COHSH_UPDATE_TRANSCRIPTS'] === '1') writeFileSync(path, actual);
    else expect(actual).toBe(expected);
  });
});
