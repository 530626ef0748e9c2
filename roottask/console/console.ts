// The serial console: lines from the editor, one answer each, then the prompt.
import * as protocol from '../supervisor/protocol';
import * as ack from './ack';
import * as audit from './audit';
import * as editor from './editor';
import * as grammar from './grammar';
import * as link from './link';
import * as out from './sink';
import * as prompt from './prompt';
import * as stream from './stream';
import * as system from './system';
import * as verbs from './verbs';

export function start(): void {
  out.line("[Cohesix] Root console ready (type 'help' for commands)");
  out.line('Cohesix console ready');
  system.commandList();
  prompt.show();
}

function refuse(problem: string): void {
  audit.begin('console error: ');
  audit.text(problem);
  audit.end(protocol.REFUSED_POLICY);
  ack.error('PARSE', 'policy', problem);
}

function finish(): void {
  editor.reset();
  prompt.show();
}

function runLine(): void {
  prompt.leave();
  link.check();
  const problem = editor.tooLong()
    ? 'console line exceeded maximum length'
    : grammar.parse(editor.start(), editor.size());
  if (problem.length > 0) refuse(problem);
  else verbs.run();
  if (!stream.isActive) finish();
}

/** Takes one byte that was typed; not while isBusy(). */
export function receive(c: u8): void {
  if (editor.push(c)) runLine();
}

/** A command is still showing its payload. */
export function isBusy(): bool {
  return stream.isActive;
}

/** Goes on with that. */
export function step(): void {
  if (!stream.step()) finish();
}
