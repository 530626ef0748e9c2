// SPDX-License-Identifier: Apache-2.0
/**
 * Owns a shell on a terminal, from the welcome to the last line: prompt, keys, history, completion, sign of life, and that the
 * terminal is given back as it was, whatever ends us.
 *
 *     keys ─► Keyboard ─► readline (Editor) ─► line ─► LineRunner.run ─► Output ─► above the prompt
 *                                                           ▲ Ctrl-C aborts
 */
import type { ReadStream, WriteStream } from 'node:tty';
import { renderText, type Output, type OutputEvent, type Streams } from '../output.ts';
import { Completion } from './complete.ts';
import type { LineRunner } from './contract.ts';
import { Editor } from './editor.ts';
import { History, HISTORY_LINES } from './history.ts';
import { KeepAlive } from './keep-alive.ts';
import { LivePaths } from './paths.ts';
import { progressLine } from './progress.ts';
import { paintLine, style, wantsColour, type Style } from './style.ts';

export const PROMPT = 'coh> ';
export const LEAVE_HINT = "Ctrl-D or 'quit' leaves.";
const STUCK_HINT = 'still stopping; Ctrl-C once more leaves at once';

/** Signals that end us, and their numbers. */
const SIGNALS = { SIGHUP: 1, SIGTERM: 15, SIGINT: 2 } as const;
/** A session that does not end by itself is left. */
const FAREWELL_MS = 2000;

export interface TerminalOptions {
  input: ReadStream;
  output: WriteStream;
  /** `--no-color`. */
  noColour?: boolean;
  /** Pause between signs of life; 0: none. */
  keepAlive_ms: number;
  history?: History;
  env?: Readonly<Record<string, string | undefined>>;
}

/** What there is while a shell runs. */
interface Visit {
  shell: LineRunner;
  history: History;
  paths: LivePaths;
  beat: KeepAlive;
  /** Ends the visit; the first exit code counts. */
  leave: (code: number) => void;
}

export class Terminal {
  /** For the shell: every event as lines above the prompt. */
  readonly output: Output = { write: (event) => this.show(event) };
  /** For whoever writes text while the prompt is there. */
  readonly streams: Streams = { stdout: (text) => this.say(text), stderr: (text) => this.say(text) };

  private readonly options: TerminalOptions;
  private readonly style: Style;
  private readonly unicode: boolean;
  private editor: Editor | undefined;
  private running: AbortController | undefined;
  /** Presses of Ctrl-C since the last line or the end of the last command. */
  private interrupts = 0;
  private drawn = false;
  /** Text that has no end of line yet. */
  private open = '';

  constructor(options: TerminalOptions) {
    this.options = options;
    const env = options.env ?? process.env;
    this.style = style(wantsColour({ isTTY: options.output.isTTY, refused: options.noColour === true, env }));
    this.unicode = /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
  }

  /** Reads and runs lines until the operator leaves; returns the exit code. */
  async run(shell: LineRunner): Promise<number> {
    let leave: (code: number) => void = () => undefined;
    const left = new Promise<number>((resolve) => (leave = resolve));
    const visit: Visit = {
      shell,
      history: this.options.history ?? new History(),
      paths: new LivePaths((path, signal) => shell.list(path, signal)),
      beat: new KeepAlive(() => shell.keepAlive(), this.options.keepAlive_ms),
      leave,
    };
    const editor = (this.editor = this.openEditor(visit));
    const unwatch = this.watchSignals(visit);
    if (visit.history.problem !== undefined) this.say(`[cohsh] history is not kept: ${visit.history.problem}\n`);
    editor.prompt();
    visit.beat.start();
    try {
      return await left;
    } finally {
      visit.beat.stop();
      unwatch();
      this.giveBack();
    }
  }

  private openEditor(visit: Visit): Editor {
    const completion = new Completion(visit.shell.commands, visit.paths);
    const failed = (error: unknown): void => {
      this.giveBack();
      throw error;
    };
    const run = (text: string): void => void this.runLine(text, visit).catch(failed);
    const { input, output } = this.options;
    const prompt = `${this.style.paint('bold', PROMPT.trimEnd())} `;
    const history = { history: visit.history.lines, historySize: HISTORY_LINES };
    return new Editor(
      { input, output, prompt, ...history, complete: (line) => completion.offer(line) },
      {
        line: run,
        abandoned: () => this.abandoned(),
        interrupt: () => this.interrupted(),
        end: () => run('quit'),
      },
    );
  }

  private async runLine(text: string, { shell, history, paths, beat, leave }: Visit): Promise<void> {
    const line = text.trim();
    this.interrupts = 0;
    beat.stop();
    if (line !== '') {
      history.add(text.trimEnd());
      this.running = new AbortController();
      const { ok, exit } = await shell.run(line, this.running.signal).finally(() => this.commandEnded());
      // Whoever wants to leave leaves, also when the node has not said goodbye.
      if (exit === true || /^quit$/i.test(line)) return leave(ok ? 0 : 1);
      if (/^(attach|login|detach|bind|mount)\b/i.test(line)) paths.forget();
    }
    this.editor?.prompt();
    beat.start();
  }

  private commandEnded(): void {
    this.running = undefined;
    this.interrupts = 0;
    this.eraseProgress();
  }

  private show(event: OutputEvent): void {
    if (event.kind === 'progress') return this.drawProgress(event);
    const text = renderText(event);
    if (text === undefined) return;
    this.line(event.kind === 'error' ? this.style.paint('red', text) : paintLine(text, this.style));
  }

  /** Text of whole lines; what has no end yet waits for it. */
  private say(text: string): void {
    const lines = (this.open + text).split('\n');
    this.open = lines.pop() ?? '';
    for (const line of lines) this.line(paintLine(line, this.style));
  }

  private line(text: string): void {
    this.eraseProgress();
    if (this.editor === undefined) this.options.output.write(`${text}\n`);
    else this.editor.print(text);
  }

  private drawProgress({ label, done, total, unit }: OutputEvent & { kind: 'progress' }): void {
    if (this.editor === undefined) return;
    this.editor.draw(progressLine({ label, done, total, unit }, this.editor.columns, this.unicode));
    this.drawn = true;
  }

  private eraseProgress(): void {
    if (this.drawn) this.editor?.draw('');
    this.drawn = false;
  }

  /** Ctrl-C at the prompt: the line is given up; the second time it is about leaving. */
  private abandoned(): void {
    this.interrupts += 1;
    if (this.interrupts === 2) this.line(this.style.paint('dim', LEAVE_HINT));
  }

  /** Ctrl-C while a command runs: it is ended; one that does not end is left by the third, with the process. */
  private interrupted(): void {
    this.interrupts += 1;
    if (this.interrupts === 1) this.running?.abort();
    if (this.interrupts === 2) this.line(this.style.paint('yellow', STUCK_HINT));
    if (this.interrupts < 3) return;
    // Ending the session in order would wait for the command.
    this.giveBack();
    process.exit(130);
  }

  /** Signals end the session in order, and soon. */
  private watchSignals({ shell, leave }: Visit): () => void {
    const onExit = (): void => this.giveBack();
    const handlers = Object.entries(SIGNALS).map(([signal, number]) => {
      const handler = (): void => {
        this.running?.abort();
        this.giveBack();
        const timer = setTimeout(() => leave(128 + number), FAREWELL_MS);
        const done = (): void => {
          clearTimeout(timer);
          leave(128 + number);
        };
        shell.run('quit').then(done, done);
      };
      process.once(signal, handler);
      return [signal, handler] as const;
    });
    process.once('exit', onExit);
    return () => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      process.off('exit', onExit);
    };
  }

  private giveBack(): void {
    this.editor?.close();
    this.editor = undefined;
  }
}
