// SPDX-License-Identifier: Apache-2.0
/** `test`: runs the self-test scripts that the node itself offers, and reports one line a check. */
import type { Context, LineRunner } from './commands/command.ts';
import { CommandError, describe, redacted } from './errors.ts';
import { Recorder } from './output.ts';
import type { Statement } from './script/parse.ts';
import { loadScript, runScript, ScriptFailure, type StatementResult } from './script/run.ts';
import { newestWorker, renameWorker } from './worker-names.ts';

export interface SelfTestOptions {
  mode: 'quick' | 'full';
  json: boolean;
  timeout_s: number;
  /** False: no workers are spawned or killed. */
  mutate: boolean;
}

export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  transcript_excerpt?: string;
}

const NAME_CHARS = 120;
const DETAIL_CHARS = 200;
const EXCERPT_CHARS = 512;
const SKIPPED = 'skipped --no-mutate';

function clip(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 3)}...`;
}

function check(name: string, ok: boolean, detail: string, excerpt = ''): Check {
  const clipped = { name: clip(redacted(name), NAME_CHARS), ok, detail: clip(redacted(detail), DETAIL_CHARS) };
  return excerpt === '' ? clipped : { ...clipped, transcript_excerpt: clip(redacted(excerpt), EXCERPT_CHARS) };
}

function checkOf({ statement, ok, detail, excerpt }: StatementResult): Check {
  const lines = excerpt.map(({ source, text }) => `[${source}] ${text}`);
  return check(`line ${statement.line}: ${statement.text}`, ok, detail, lines.join('\n'));
}

/** Whether a command spawns, kills, or looks at what was spawned. */
function mutates(text: string): boolean {
  return /^(spawn|kill)\b/i.test(text) || /^(tail|cat)\s+\/(worker|shard)\//i.test(text);
}

/** Says which statements are left out: those that mutate, and the EXPECT lines after them. */
function skipper(mutate: boolean): (statement: Statement) => string | undefined {
  let skipping = false;
  return (statement) => {
    if (statement.kind === 'command') skipping = !mutate && mutates(statement.text);
    return skipping && statement.kind !== 'wait' ? SKIPPED : undefined;
  };
}

class SelfTest {
  readonly checks: Check[] = [];

  constructor(
    private readonly options: SelfTestOptions,
    private readonly context: Context,
    private readonly signal: AbortSignal,
  ) {}

  async run(): Promise<void> {
    if (!(await this.preflight())) return;
    for (const name of ['negative', this.options.mode]) await this.script(`/proc/tests/selftest_${name}.coh`);
    await this.step('re-attach', () => this.context.reattach());
  }

  private async preflight(): Promise<boolean> {
    this.checks.push(check('preflight attach', true, `attached as ${this.context.attached?.role ?? 'nobody'}`));
    return this.step('preflight ping', async () => {
      const transport = this.context.session('test');
      const { ack } = await transport.ping({ signal: this.signal });
      if (!ack.ok) throw new CommandError(ack.line);
    });
  }

  /** A check that is no line of a script; successful ones are not worth a line, except for the preflight. */
  private async step(name: string, job: () => Promise<void>): Promise<boolean> {
    try {
      await job();
      if (name.startsWith('preflight')) this.checks.push(check(name, true, 'ok'));
      return true;
    } catch (error) {
      this.checks.push(check(name, false, describe(error)));
      return false;
    }
  }

  /** The script's `quit` ends the script only, and its worker-1 is the one that it spawned. */
  private runner(): LineRunner {
    let worker: string | undefined;
    const run: LineRunner['run'] = async (line, signal, output) => {
      if (/^quit\b/i.test(line)) return { ok: true, exit: true };
      const { runner } = this.context;
      const outcome = await runner.run(
        worker === undefined ? line : renameWorker(line, 'worker-1', worker),
        signal,
        output,
      );
      if (/^spawn\b/i.test(line) && outcome.ok) {
        worker = await newestWorker(this.context.session('test'), this.signal).catch(() => undefined);
      }
      return outcome;
    };
    return { run };
  }

  private async script(path: string): Promise<void> {
    const seen = this.checks.length;
    await this.step(path, async () => {
      const { ack, lines } = await this.context.session('test').cat(path, { signal: this.signal });
      if (!ack.ok) throw new CommandError(ack.line);
      try {
        await runScript(loadScript(lines.join('\n')), this.runner(), new Recorder(), {
          signal: this.signal,
          skip: skipper(this.options.mutate),
          onResult: (result) => {
            if (result.statement.kind !== 'wait') this.checks.push(checkOf(result));
          },
        });
      } catch (error) {
        // The statement that failed has a check of its own.
        const told = this.checks.slice(seen).some((one) => !one.ok);
        if (!(error instanceof ScriptFailure) || !told) throw error;
      }
    });
  }
}

function report(options: SelfTestOptions, checks: readonly Check[], elapsed_ms: number): string[] {
  const failed = checks.find(({ ok }) => !ok);
  const ok = failed === undefined;
  if (options.json) return [JSON.stringify({ ok, mode: options.mode, elapsed_ms, checks, version: '1' })];
  return [
    `selftest ${ok ? 'PASS' : 'FAIL'} mode=${options.mode} elapsed_ms=${elapsed_ms}`,
    ...checks.map((one) => `${one.ok ? 'PASS' : 'FAIL'} - ${one.name} (${one.detail})`),
    ...(failed === undefined ? [] : [`first failure: ${failed.name} (${failed.detail})`]),
  ];
}

export async function runSelfTest(options: SelfTestOptions, context: Context): Promise<void> {
  context.session('test');
  const started_ms = performance.now();
  const limit = AbortSignal.timeout(options.timeout_s * 1000);
  const signal = context.signal === undefined ? limit : AbortSignal.any([context.signal, limit]);
  const run = new SelfTest(options, context, signal);
  await run.run();
  if (limit.aborted) run.checks.push(check('timeout', false, `not done within ${options.timeout_s} s`));
  const elapsed_ms = Math.round(performance.now() - started_ms);
  for (const text of report(options, run.checks, elapsed_ms)) context.output.write({ kind: 'line', text });
  const failed = run.checks.find(({ ok }) => !ok);
  if (failed !== undefined) throw new CommandError(`selftest failed: ${failed.name}: ${failed.detail}`);
}
