// SPDX-License-Identifier: Apache-2.0
// What a guest has said: as text for patterns, as raw bytes in a file, and as a second file with the time of every line
// (and of what was sent and when the guest reset itself) for reading after the fact.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { failure } from '../../diagnostics/diagnostic.ts';
import { QEMU_CODES } from './errors.ts';

/** Text that `keepTailOnly` leaves in memory, cut back when it has doubled. */
const TAIL_KEPT = 64 * 1024;

export class Transcript {
  /** Everything received so far, decoded as UTF-8. */
  text = '';
  private readonly decoder = new StringDecoder('utf8');
  private readonly path: string | undefined;
  private readonly raw: number | undefined;
  private readonly timed: number | undefined;
  private readonly started_ms = performance.now();
  private lineOpen = false;
  private closed = false;
  private tailOnly = false;

  /** Writes `<path>` and beside it `<path without extension>.timed.log`; without a path only memory is used. */
  constructor(path?: string) {
    this.path = path;
    if (path === undefined) return;
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.raw = openSync(path, 'w');
      this.timed = openSync(timedPath(path), 'w');
    } catch (error) {
      this.close();
      throw failure(QEMU_CODES.transcript, cannotWrite(path, error), 'name another file with --transcript');
    }
  }

  /** From here on only the end of the text stays in memory: for sessions without an end, and without patterns. */
  keepTailOnly(): void {
    this.tailOnly = true;
  }

  /** Returns what kept the files from taking it, if anything did; the text in memory has it anyway. */
  receive(bytes: Buffer): string | undefined {
    const text = this.decoder.write(bytes);
    this.text += text;
    if (this.tailOnly && this.text.length > 2 * TAIL_KEPT) this.text = this.text.slice(-TAIL_KEPT);
    return this.attempt(() => {
      if (this.raw !== undefined) writeSync(this.raw, bytes);
      for (const piece of text.split(/(?<=\n)/)) if (piece !== '') this.writeTimed(piece);
    });
  }

  /** A line of ours in the timed file: input sent, resets, the end. */
  note(what: string): void {
    this.attempt(() => {
      if (this.timed === undefined) return;
      writeSync(this.timed, `${this.lineOpen ? '\n' : ''}${this.stamp()} -- ${what}\n`);
      this.lineOpen = false;
    });
  }

  /** The last lines, without empty ones at the end and with control characters made visible. */
  tail(count: number): string[] {
    const lines = this.text.slice(-count * 1024).split(/\r*\n/);
    while (lines.length > 0 && lines.at(-1) === '') lines.pop();

    return lines.slice(-count).map((line) => line.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, visible));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const file of [this.raw, this.timed]) if (file !== undefined) closeSync(file);
  }

  /** After the first failure the files are left as they are. */
  private attempt(write: () => void): string | undefined {
    if (this.closed) return undefined;
    try {
      write();
      return undefined;
    } catch (error) {
      this.close();
      return cannotWrite(this.path ?? '', error);
    }
  }

  private writeTimed(piece: string): void {
    if (this.timed === undefined) return;
    writeSync(this.timed, (this.lineOpen ? '' : `${this.stamp()} `) + piece.replace(/\r/g, ''));
    this.lineOpen = !piece.endsWith('\n');
  }

  private stamp(): string {
    return `[${((performance.now() - this.started_ms) / 1000).toFixed(6).padStart(12)}]`;
  }
}

/** `out/serial.log` → `out/serial.timed.log`. */
export function timedPath(path: string): string {
  return path.replace(/(\.[^./]*)?$/, (extension) => `.timed${extension === '' ? '.log' : extension}`);
}

function cannotWrite(path: string, error: unknown): string {
  return `transcript ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`;
}

function visible(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
