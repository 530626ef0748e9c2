// SPDX-License-Identifier: Apache-2.0
/** `--check`: a script without a node. */
import { findCommand } from '../commands/index.ts';
import { Responses } from './responses.ts';
import { loadScript, ScriptFailure } from './run.ts';

/** What can be said about a script without running it; throws ScriptFailure. */
export function checkScript(source: string): void {
  const statements = loadScript(source);
  const responses = new Responses();
  statements.forEach((statement, index) => {
    if (statement.kind === 'expect' && responses.lastCommand === undefined) {
      throw new ScriptFailure(statement, 'EXPECT requires a prior command response', responses);
    }
    if (statement.kind !== 'command') return;
    responses.begin(statement.text);
    const [verb = ''] = statement.text.split(/\s/, 1);
    const isExpected = statements[index + 1]?.kind === 'expect';
    if (findCommand(verb) !== undefined || isExpected) return;
    throw new ScriptFailure(statement, `command failed: unknown command '${verb}'`, responses);
  });
}
