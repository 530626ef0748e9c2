// SPDX-License-Identifier: Apache-2.0
// What a guest has said: as text for patterns, as raw bytes in a file, and as a second file with the time of every line
// (and of what was sent and when the guest reset itself) for reading after the fact.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

/** Text that `keepTailOnly` leaves in memory, cut back when it has doubled. */
const TAIL_KEPT = 64 * 1024;

export class Transcript {
  /** Everything received so far, decoded as UTF-8. */
  text = '';
  private readonly decoder = new StringDecoder('utf8');
  private readonly raw: number | undefined;
  private readonly timed: number | undefined;
  private readonly started_ms = performance.now();
  private lineOpen = false;
  private closed = false;
  private tailOnly = false;

  /** Writes `<path>` and beside it `<path without extension>.timed.log`; without a path only memory is used. */
  constructor(path?: string) {
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    this.raw = openSync(path, 'w');
    this.timed = openSync(timedPath(path), 'w');
  }

  /** From here on only the end of the text stays in memory: for sessions without an end, and without patterns. */
  keepTailOnly(): void {
    this.tailOnly = true;
  }

  receive(bytes: Buffer): void {
    const text = this.decoder.write(bytes);
    this.text += text;
    if (!this.closed && this.raw !== undefined) writeSync(this.raw, bytes);
    for (const piece of text.split(/(?<=\n)/)) if (piece !== '') this.writeTimed(piece);
    if (this.tailOnly && this.text.length > 2 * TAIL_KEPT) this.text = this.text.slice(-TAIL_KEPT);
  }

  /** A line of ours in the timed file: input sent, resets, the end. */
  note(what: string): void {
    if (this.closed || this.timed === undefined) return;
    writeSync(this.timed, `${this.lineOpen ? '\n' : ''}${this.stamp()} -- ${what}\n`);
    this.lineOpen = false;
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

  private writeTimed(piece: string): void {
    if (this.closed || this.timed === undefined) return;
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

function visible(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
