// SPDX-License-Identifier: Apache-2.0
/**
 * Reads the quickstart as a plan: blocks that are typed in one of its terminals, and what is to be seen there.
 *
 *   ```sh <terminal>      each line is typed into that terminal's shell
 *   ```text <terminal>    what it shows: lines in this order, with others between them; `…` stands for anything.
 *                         `coh> words` is typed, `^C` is pressed, a prompt alone is waited for
 */
export interface Step {
  terminal: string;
  kind: 'type' | 'press' | 'see' | 'prompt';
  text: string;
  /** Of the page. */
  line: number;
}

const PROMPT = /^(coh>|cohesix>)$/;

export function readPage(page: string): Step[] {
  const steps: Step[] = [];
  let block: { language: string; terminal: string } | undefined;
  page.split('\n').forEach((text, index) => {
    const line = index + 1;
    const fence = /^```(?:(\w+)(?: (\w+))?)?$/.exec(text);
    if (fence !== null) {
      const [, language = '', terminal = ''] = fence;
      if (block === undefined && terminal === '') throw new Error(`line ${line}: a block that belongs to no terminal`);
      block = block === undefined ? { language, terminal } : undefined;
    } else if (block !== undefined) {
      steps.push({ terminal: block.terminal, line, ...stepOf(block.language, text) });
    }
  });
  if (block !== undefined) throw new Error('a block has no end');
  return steps;
}

function stepOf(language: string, text: string): Pick<Step, 'kind' | 'text'> {
  if (language === 'sh') return { kind: 'type', text };
  if (PROMPT.test(text)) return { kind: 'prompt', text };
  if (text === '^C') return { kind: 'press', text: 'C-c' };
  if (text.startsWith('coh> ')) return { kind: 'type', text: text.slice('coh> '.length) };
  return { kind: 'see', text };
}

/** Whether lines show what the page says: `…` alone is for lines between, within a line for characters. */
export function shows(line: string, expected: string): boolean {
  const parts = expected.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(line);
}
