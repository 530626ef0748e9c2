// The serial console: prompt, lines from the editor, one answer each, and the log above the prompt.
import * as ack from './ack';
import * as editor from './editor';
import * as grammar from './grammar';
import * as out from './sink';
import * as verbs from './verbs';

function prompt(): void {
  out.text('cohesix> ');
}

export function start(): void {
  out.line("[Cohesix] Root console ready (type 'help' for commands)");
  out.line('Cohesix console ready');
  verbs.commandList();
  prompt();
}

function runLine(): void {
  const problem = editor.tooLong()
    ? 'console line exceeded maximum length'
    : grammar.parse(editor.start(), editor.size());
  if (problem.length > 0) ack.error('PARSE', 'policy', problem);
  else verbs.run();
  editor.reset();
  prompt();
}

/** Takes one byte that was typed. */
export function receive(c: u8): void {
  if (editor.push(c)) runLine();
}

/** Shows a piece of the log: whole lines, above the prompt and what is typed so far. */
export function showLog(start: usize, length: u32): void {
  // Back to the first column, over the prompt.
  out.text('\r');
  out.text('\x1b[K');
  out.bytes(start, length);
  prompt();
  out.bytes(editor.start(), editor.size());
}
