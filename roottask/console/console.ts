// The serial console: prompt, lines from the editor, one answer each.
import * as pl011 from '../device/pl011';
import * as out from '../text/output';
import * as ack from './ack';
import * as editor from './editor';
import * as grammar from './grammar';
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

/** Takes what the UART has received. */
export function receive(): void {
  pl011.clearInterrupt();
  for (let c = pl011.take(); c !== pl011.NOTHING; c = pl011.take()) {
    if (editor.push(<u8>c)) runLine();
  }
}
