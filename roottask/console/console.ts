// The serial console: lines from the editor, one answer each, then the prompt.
import * as ack from './ack';
import * as editor from './editor';
import * as grammar from './grammar';
import * as out from './sink';
import * as prompt from './prompt';
import * as verbs from './verbs';

export function start(): void {
  out.line("[Cohesix] Root console ready (type 'help' for commands)");
  out.line('Cohesix console ready');
  verbs.commandList();
  prompt.show();
}

function runLine(): void {
  prompt.leave();
  const problem = editor.tooLong()
    ? 'console line exceeded maximum length'
    : grammar.parse(editor.start(), editor.size());
  if (problem.length > 0) ack.error('PARSE', 'policy', problem);
  else verbs.run();
  editor.reset();
  prompt.show();
}

/** Takes one byte that was typed. */
export function receive(c: u8): void {
  if (editor.push(c)) runLine();
}
