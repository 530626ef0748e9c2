// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the keys between the terminal and the line editor. While a command runs they are kept for the next prompt, so that
 * nothing typed ahead is lost or shown twice; only Ctrl-C gets through at once, for it is about the running command.
 *
 *     terminal (raw mode) ──data──► Keyboard ──data, paste──► node:readline
 *                                      └─ held: kept; Ctrl-C ─► interrupt
 *
 * The editor gets each key alone, and text that comes at once as one `paste`: node:readline appends all but the last of several
 * keys in one piece to the end of the line, wherever the cursor is.
 */
import { EventEmitter } from 'node:events';
import { StringDecoder } from 'node:string_decoder';

const CTRL_C = '\x03';
const ESC = '\x1b';
const LF = '\n';
const CR = '\r';

/** Characters typed ahead that are kept; more is refused with a bell. */
export const TYPEAHEAD_LIMIT = 64 * 1024;

/** The part of a terminal's input that is used. */
export interface RawInput {
  setRawMode(on: boolean): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'end' | 'close', listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** Looks like a terminal to node:readline. */
export class Keyboard extends EventEmitter<{ data: [Buffer]; paste: [string]; end: [] }> {
  readonly isTTY = true;
  isRaw = false;
  /** Ctrl-C while a command runs. */
  onInterrupt: () => void = () => undefined;
  /** Keys beyond what is kept. */
  onOverflow: () => void = () => undefined;

  private readonly input: RawInput;
  private readonly decoder = new StringDecoder('utf8');
  private kept = '';
  private held = false;
  private paused = false;
  private ended = false;
  private afterCR = false;
  private flushing = false;
  /** Where in the escape sequence of a key we are: its letters are no text. */
  private escape: 'none' | 'begun' | 'parameters' = 'none';
  private readonly receive = (chunk: Buffer): void => this.take(this.decoder.write(chunk));
  private readonly finish = (): void => {
    if (this.ended) return;
    this.ended = true;
    this.flush();
  };

  constructor(input: RawInput) {
    super();
    this.input = input;
    input.on('data', this.receive);
    input.on('end', this.finish);
    input.on('close', this.finish);
  }

  /** From here on keys are kept. */
  hold(): void {
    this.held = true;
  }

  /** Keys go to the editor again, first those that were kept. */
  release(): void {
    this.held = false;
    this.flush();
  }

  setRawMode(on: boolean): this {
    this.input.setRawMode(on);
    this.isRaw = on;
    return this;
  }

  resume(): this {
    this.paused = false;
    if (!this.ended) this.input.resume();
    // The editor resumes before it has put in what was completed: keys typed meanwhile come after that.
    queueMicrotask(() => this.flush());
    return this;
  }

  /** What the editor calls while it waits for completions: the terminal is still read, for Ctrl-C. */
  pause(): this {
    this.paused = true;
    return this;
  }

  /** After the process was stopped: the terminal has other settings, and reading it must begin again. */
  revive(): void {
    this.input.pause();
    this.setRawMode(true);
    this.input.resume();
  }

  /** Lets go of the terminal, so that the process can end. */
  close(): void {
    this.input.off('data', this.receive);
    this.input.off('end', this.finish);
    this.input.off('close', this.finish);
    this.input.pause();
  }

  private take(text: string): void {
    const interrupt = this.held ? text.lastIndexOf(CTRL_C) : -1;
    if (interrupt >= 0) {
      // As a terminal does it: what was typed before Ctrl-C is gone with it.
      this.kept = '';
      text = text.slice(interrupt + 1);
      this.onInterrupt();
    }
    if (this.kept.length + text.length > TYPEAHEAD_LIMIT) return this.onOverflow();
    this.kept += text;
    this.flush();
  }

  /**
   * A key may lead back here (a line given up shows a new prompt, which lets keys through), but node:readline cannot take
   * the next one before it is done with this one: the loop that runs already takes what is left.
   */
  private flush(): void {
    if (this.flushing) return;
    this.flushing = true;
    try {
      this.passAll();
    } finally {
      this.flushing = false;
    }
  }

  private passAll(): void {
    while (!this.held && !this.paused && this.kept !== '') {
      const piece = this.nextPiece();
      this.kept = this.kept.slice(piece.length);
      this.pass(piece);
    }
    if (this.ended && !this.held && !this.paused) this.emit('end');
  }

  /** A run of text, or one key. */
  private nextPiece(): string {
    const [key = ''] = this.kept;
    if (this.escape !== 'none') return key;

    return /^[^\x00-\x1f\x7f]+/.exec(this.kept)?.[0] ?? key;
  }

  private pass(piece: string): void {
    // CR LF ends one line, not two, also when the two come apart.
    const second = piece === LF && this.afterCR;
    this.afterCR = piece === CR;
    if (second) return;
    this.follow(piece);
    if ([...piece].length > 1) this.emit('paste', piece);
    else this.emit('data', Buffer.from(piece));
  }

  private follow(piece: string): void {
    if (piece === ESC) this.escape = 'begun';
    else if (this.escape === 'begun') this.escape = piece === '[' || piece === 'O' ? 'parameters' : 'none';
    else if (this.escape === 'parameters' && /[@-~]/.test(piece)) this.escape = 'none';
  }
}
