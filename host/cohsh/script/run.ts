// SPDX-License-Identifier: Apache-2.0
/** Runs the statements of a script through a shell. Used by --script and by `test`. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LineRunner } from '../commands/command.ts';
import { CommandError, describe, interrupted, redacted } from '../errors.ts';
import { type Output, printable } from '../output.ts';
import { parseScript, type Statement, StatementError } from './parse.ts';
import { type Response, Responses } from './responses.ts';

/** A script that failed: what, where, and what it had been answered. */
export class ScriptFailure extends CommandError {
  override readonly name = 'ScriptFailure';
  readonly reason: string;
  /** The report, a line each. */
  readonly lines: readonly string[];

  constructor(statement: { line: number; text: string }, reason: string, responses: Responses, interrupted = false) {
    const lines = report(statement, reason, responses).map((line) => redacted(printable(line)));
    super(lines.join('\n'), { interrupted });
    this.reason = redacted(reason);
    this.lines = lines;
  }
}

function report(statement: { line: number; text: string }, reason: string, responses: Responses): string[] {
  const { last } = responses;
  return [
    `script failure at line ${statement.line}: ${statement.text}`,
    `reason: ${reason}`,
    `last command: ${responses.lastCommand ?? 'none'}`,
    `last response: ${last?.text ?? 'none'}`,
    `last response source: ${last?.source ?? 'none'}`,
    'recent responses:',
    ...responses.recent.map(({ source, text }) => `  - [${source}] ${text}`),
  ];
}

/** Parses a script; what is wrong is a ScriptFailure. */
export function loadScript(source: string): Statement[] {
  try {
    return parseScript(source);
  } catch (error) {
    if (error instanceof StatementError) throw new ScriptFailure(error, error.message, new Responses());
    throw error;
  }
}

export interface StatementResult {
  statement: Statement;
  ok: boolean;
  detail: string;
  /** What the last command said. */
  excerpt: readonly Response[];
}

export interface RunOptions {
  signal?: AbortSignal | undefined;
  /** Told about each statement that ran. */
  onResult?: (result: StatementResult) => void;
  /** Why a statement is not to run. */
  skip?: (statement: Statement) => string | undefined;
}

/** Runs all statements; `quit` ends the script. Throws ScriptFailure at the first statement that fails. */
export async function runScript(
  statements: readonly Statement[],
  shell: LineRunner,
  output: Output,
  options: RunOptions = {},
): Promise<void> {
  const run = new ScriptRun(statements, shell, output, options);
  for (let index = 0; index < statements.length; index++) {
    if ((await run.step(index)) === 'stop') return;
  }
}

class ScriptRun {
  private readonly responses = new Responses();
  private readonly shown: Output;

  constructor(
    private readonly statements: readonly Statement[],
    private readonly shell: LineRunner,
    output: Output,
    private readonly options: RunOptions,
  ) {
    // Errors of commands are part of the report, or expected.
    this.shown = {
      write: (event) => {
        if (event.kind === 'error') return;
        this.responses.write(event);
        output.write(event);
      },
    };
  }

  async step(index: number): Promise<'go on' | 'stop'> {
    const statement = this.statements[index];
    if (statement === undefined) return 'stop';
    const skipped = this.options.skip?.(statement);
    if (skipped !== undefined) {
      this.tell(statement, true, skipped);
      return 'go on';
    }
    switch (statement.kind) {
      case 'wait':
        await this.wait(statement);
        break;
      case 'expect':
        this.expect(statement);
        break;
      case 'command':
        if (await this.command(statement, this.statements[index + 1])) return 'stop';
        break;
    }
    return 'go on';
  }

  private async wait(statement: Statement & { kind: 'wait' }): Promise<void> {
    try {
      await sleep(statement.ms, undefined, { signal: this.options.signal });
    } catch {
      throw new ScriptFailure(statement, describe(interrupted()), this.responses, true);
    }
    this.tell(statement, true, '');
  }

  /** True: the script is to end. */
  private async command(statement: Statement, next: Statement | undefined): Promise<boolean> {
    this.responses.begin(statement.text);
    const outcome = await this.shell.run(statement.text, this.options.signal, this.shown);
    if (this.options.signal?.aborted === true) this.fail(statement, describe(interrupted()), true);
    if (outcome.ok) {
      this.tell(statement, true, this.responses.last?.text ?? '');
      return outcome.exit === true;
    }
    const refused = this.responses.last?.text.startsWith('ERR') === true;
    const wasInterrupted = outcome.error instanceof CommandError && outcome.error.interrupted;
    if (refused && next?.kind === 'expect' && !wasInterrupted) {
      this.tell(statement, true, this.responses.last?.text ?? '');
      return false;
    }
    this.fail(statement, `command failed: ${describe(outcome.error)}`, wasInterrupted);
  }

  private expect(statement: Statement & { kind: 'expect' }): void {
    const { last, lastCommand } = this.responses;
    if (last === undefined) {
      const after = lastCommand === undefined ? '' : ` (last command: ${lastCommand})`;
      this.fail(statement, `EXPECT requires a prior command response${after}`);
    }
    if (!isMet(statement, last.text, this.responses.lines)) {
      this.fail(statement, `EXPECT ${statement.selector} failed`, false, last.text);
    }
    this.tell(statement, true, last.text);
  }

  private fail(statement: Statement, reason: string, wasInterrupted = false, response = ''): never {
    this.tell(statement, false, response === '' ? reason : `${reason}: ${response}`);
    throw new ScriptFailure(statement, reason, this.responses, wasInterrupted);
  }

  private tell(statement: Statement, ok: boolean, detail: string): void {
    this.options.onResult?.({ statement, ok, detail, excerpt: this.responses.excerpt });
  }
}

function isMet(statement: Statement & { kind: 'expect' }, response: string, lines: readonly string[]): boolean {
  switch (statement.selector) {
    case 'OK':
    case 'ERR':
      return response.startsWith(statement.selector);
    case 'SUBSTR':
      return response.includes(statement.wanted);
    case 'NOT':
      return !response.includes(statement.wanted);
    case 'LINE':
      return lines.some((line) => line.includes(statement.wanted));
  }
}
