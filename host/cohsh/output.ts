// SPDX-License-Identifier: Apache-2.0
/**
 * What a command says, as data: whoever shows it (a pipe, a terminal, a JSON reader, a script that checks it) decides
 * how. Commands know only `Output`.
 */
import type { Ack } from '../client/index.ts';
import { describe, fixOf, messageOf } from './errors.ts';

export type OutputEvent =
  /** An acknowledgement of the server, or one that a transport or command makes in its form. */
  | { kind: 'ack'; ack: Ack }
  /** Content: of a file, a listing, a report. */
  | { kind: 'line'; text: string }
  /** What the shell itself says: `attached session …`. */
  | { kind: 'note'; text: string }
  /** A command failed. */
  | { kind: 'error'; error: unknown }
  /** A long command is under way; `done` of `total` units. Shown only where it can be erased again. */
  | { kind: 'progress'; label: string; done: number; total: number; unit: string };

export interface Output {
  write(event: OutputEvent): void;
}

/** Where text goes: both streams take whole lines. */
export interface Streams {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** Acknowledgements with `[console] ` before them, errors on standard error. */
export class TextOutput implements Output {
  private readonly streams: Streams;

  constructor(streams: Streams) {
    this.streams = streams;
  }

  write(event: OutputEvent): void {
    const text = renderText(event);
    if (text === undefined) return;
    if (event.kind === 'error') this.streams.stderr(`${text}\n`);
    else this.streams.stdout(`${text}\n`);
  }
}

/** The line that stands for an event; undefined for what has none. */
export function renderText(event: OutputEvent): string | undefined {
  switch (event.kind) {
    case 'ack':
      return `[console] ${printable(event.ack.line)}`;
    case 'line':
    case 'note':
      return printable(event.text);
    case 'error':
      return `Error: ${errorText(event.error)}`;
    case 'progress':
      return undefined;
  }
}

/** One line, except for reports that have several. */
function errorText(error: unknown): string {
  const lines = error instanceof Error ? (error as { lines?: unknown }).lines : undefined;
  return Array.isArray(lines) ? lines.map((line) => printable(String(line))).join('\n') : printable(describe(error));
}

/** Text from outside never reaches the terminal's control sequences: C0, DEL and C1 are shown as `\xNN`. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** One JSON object a line, all on standard output. */
export class JsonOutput implements Output {
  private readonly streams: Streams;

  constructor(streams: Streams) {
    this.streams = streams;
  }

  write(event: OutputEvent): void {
    this.streams.stdout(`${JSON.stringify(renderJson(event))}\n`);
  }
}

function renderJson(event: OutputEvent): Record<string, unknown> {
  switch (event.kind) {
    case 'ack': {
      const { ok, verb, fields, line } = event.ack;
      return { type: 'ack', ok, verb, fields: Object.fromEntries(fields), line };
    }
    case 'line':
    case 'note':
      return { type: event.kind, text: event.text };
    case 'error': {
      const fix = fixOf(event.error);
      return { type: 'error', message: messageOf(event.error), ...(fix === undefined ? {} : { fix }) };
    }
    case 'progress': {
      const { label, done, total, unit } = event;
      return { type: 'progress', label, done, total, unit };
    }
  }
}

/** Shows nothing but keeps all. */
export class Recorder implements Output {
  readonly events: OutputEvent[] = [];

  write(event: OutputEvent): void {
    this.events.push(event);
  }
}

/** Gives each event to all of them. */
export function tee(...outputs: readonly Output[]): Output {
  return { write: (event) => outputs.forEach((output) => output.write(event)) };
}
