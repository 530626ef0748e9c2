// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the line that is being edited: node:readline does the editing; this adds text that appears above the line, Ctrl-C, and
 * redrawing after a resize. Everything written to the terminal while the shell runs goes through `print`.
 */
import { clearScreenDown, createInterface, cursorTo, moveCursor, type Interface } from 'node:readline';
import type { WriteStream } from 'node:tty';
import { Keyboard, type RawInput } from './keyboard.ts';

/** Parts of node:readline's Interface that its types call read-only or leave out. */
interface Internals {
  line: string;
  cursor: number;
  /** Rows between the first row of the prompt and the cursor, as last drawn. */
  prevRows: number;
}

export type Completer = (line: string) => Promise<[string[], string]>;

export interface EditorOptions {
  input: RawInput;
  output: WriteStream;
  prompt: string;
  /** Oldest first. */
  history: readonly string[];
  historySize: number;
  complete: Completer;
}

/** What the editor tells its owner. */
export interface EditorEvents {
  line(text: string): void;
  /** Ctrl-C at the prompt, with what was on the line. */
  abandoned(text: string): void;
  /** Ctrl-C while a command runs. */
  interrupt(): void;
  /** Ctrl-D on an empty line, or the terminal has gone. */
  end(): void;
}

export class Editor {
  private readonly output: WriteStream;
  private readonly keyboard: Keyboard;
  private readonly rl: Interface & Internals;
  private readonly events: EditorEvents;
  private prompting = false;
  private closed = false;
  /** Text after the last newline that a command has printed: the prompt must not be put behind it. */
  private openLine = false;
  private readonly resized = (): void => this.onResize();

  constructor(options: EditorOptions, events: EditorEvents) {
    this.output = options.output;
    this.events = events;
    this.keyboard = new Keyboard(options.input);
    this.keyboard.onInterrupt = () => events.interrupt();
    this.keyboard.onOverflow = () => void this.output.write('\x07');
    // Before readline's own listener: it redraws from the row that we correct.
    this.output.on('resize', this.resized);
    this.rl = createInterface({
      input: this.keyboard as unknown as NodeJS.ReadableStream,
      output: this.output,
      terminal: true,
      prompt: options.prompt,
      history: [...options.history].reverse(),
      historySize: options.historySize,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
        options.complete(line).then(
          (result) => done(null, result),
          () => done(null, [[], line]),
        );
      },
    }) as Interface & Internals;
    this.keyboard.on('paste', (text) => this.rl.write(text));
    this.rl.on('line', (text) => this.onLine(text));
    this.rl.on('SIGINT', () => this.onAbandon());
    this.rl.on('SIGTSTP', () => this.onSuspend());
    this.rl.on('close', () => this.onClose());
  }

  /** Shows the prompt, and lets keys through. */
  prompt(): void {
    if (this.closed) return this.events.end();
    if (this.openLine) this.output.write('\n');
    this.openLine = false;
    this.prompting = true;
    this.rl.prevRows = 0;
    this.rl.prompt();
    this.keyboard.release();
  }

  /** Whole lines: above the line being edited, or, while a command runs, in turn. */
  print(text: string): void {
    if (this.closed || !this.prompting) {
      this.output.write(this.openLine ? `\n${text}\n` : `${text}\n`);
      this.openLine = false;
      return;
    }
    this.clearLine();
    this.output.write(`${text}\n`);
    this.rl.prompt(true);
  }

  /** Draws over the current row, for progress; the empty text takes it away. Only while a command runs. */
  draw(text: string): void {
    if (this.prompting || this.closed) return;
    cursorTo(this.output, 0);
    this.output.write(text);
    clearScreenDown(this.output);
    this.openLine = text !== '';
  }

  get columns(): number {
    return this.output.columns || 80;
  }

  /** Gives the terminal back as it was: readline does, when it is closed. */
  close(): void {
    if (this.prompting) {
      this.clearLine();
      this.prompting = false;
    }
    if (this.openLine) this.output.write('\n');
    this.openLine = false;
    this.closed = true;
    this.rl.close();
    this.output.off('resize', this.resized);
    this.keyboard.close();
  }

  private onLine(text: string): void {
    this.prompting = false;
    this.keyboard.hold();
    this.events.line(text);
  }

  private onAbandon(): void {
    const text = this.rl.line;
    this.leaveLine('^C');
    this.rl.line = '';
    this.rl.cursor = 0;
    this.events.abandoned(text);
    this.prompt();
  }

  /** Ctrl-Z: the shell around us has the terminal until it brings us back. */
  private onSuspend(): void {
    const { cursor } = this.rl;
    this.leaveLine('^Z');
    process.once('SIGCONT', () => {
      if (this.closed) return;
      this.keyboard.revive();
      this.rl.cursor = cursor;
      this.rl.prevRows = 0;
      this.prompting = true;
      this.rl.prompt(true);
    });
    this.keyboard.setRawMode(false);
    process.kill(process.pid, 'SIGTSTP');
  }

  /** The line stays as it is, with a mark behind it; what comes next begins below. */
  private leaveLine(mark: string): void {
    const { rows } = this.rl.getCursorPos();
    this.rl.cursor = this.rl.line.length;
    const end = this.rl.getCursorPos();
    moveCursor(this.output, 0, end.rows - rows);
    cursorTo(this.output, end.cols);
    this.output.write(`${mark}\n`);
    this.prompting = false;
  }

  private onClose(): void {
    if (this.closed) return;
    this.closed = true;
    this.prompting = false;
    this.output.write('\n');
    this.events.end();
  }

  /** To the first row of prompt and line, and nothing from there on. */
  private clearLine(): void {
    moveCursor(this.output, 0, -this.rl.getCursorPos().rows);
    cursorTo(this.output, 0);
    clearScreenDown(this.output);
    this.rl.prevRows = 0;
  }

  /** A terminal that has another width has wrapped the line anew, and the cursor is in another row of it. */
  private onResize(): void {
    if (this.prompting) this.rl.prevRows = this.rl.getCursorPos().rows;
  }
}
