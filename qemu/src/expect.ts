// SPDX-License-Identifier: Apache-2.0
// A conversation with a guest: waits for text, sends text, and refuses text that must not appear. Before each step it
// says what it is about to do; when a step fails it says where, what was awaited, and what the guest printed last.
// `expect-script.ts` reads the same steps from `*.expect` files.
import type { Position } from '../../diagnostics/diagnostic.ts';
import { MachineError, QEMU_CODES, TAIL_LINES } from './errors.ts';
import type { MachineEnd } from './machine.ts';

/** The part of a `Machine` that a conversation needs; unit tests bring their own. */
export interface Guest {
  readonly text: string;
  readonly resets: readonly number[];
  readonly end: MachineEnd | undefined;
  tail(count: number): string[];
  write(data: string): void;
  onChange(listener: () => void): () => void;
  stop(): Promise<MachineEnd>;
}

/** Where a step was written, for scripts. */
export interface Origin {
  position: Position;
  sourceLine: string;
}

export const DEFAULT_WITHIN_MS = 10_000;

interface Guard {
  pattern: RegExp;
  shown: string;
  /** Text before this has been examined. */
  from: number;
  origin: Origin | undefined;
}

export class Conversation {
  private readonly guest: Guest;
  private readonly log: (line: string) => void;
  /** Text before this has been matched, and is never matched again. */
  private cursor = 0;
  private resetsSeen = 0;
  private readonly guards: Guard[] = [];
  private origin: Origin | undefined;

  constructor(guest: Guest, log: (line: string) => void = () => undefined) {
    this.guest = guest;
    this.log = log;
  }

  /** Names the place that the next step comes from. */
  at(origin: Origin): this {
    this.origin = origin;
    return this;
  }

  /** Waits until `pattern` appears behind the last match; returns the match. A reset meanwhile is a failure. */
  async expect(pattern: string | RegExp, within_ms = DEFAULT_WITHIN_MS): Promise<RegExpExecArray> {
    const regex = searchable(pattern);
    const what = `expect ${show(pattern)}`;
    this.announce(`${what} within ${within_ms} ms`);
    let found: RegExpExecArray | null = null;
    await this.waitUntil(what, within_ms, () => {
      const limit = this.guest.resets[this.resetsSeen] ?? this.guest.text.length;
      found = regex.exec(this.guest.text.slice(this.cursor, limit));
      const matchEnd = found === null ? limit : this.cursor + found.index + found[0].length;
      this.checkGuards(matchEnd, false);
      if (found === null && this.guest.resets.length > this.resetsSeen)
        throw this.failed(what, 'the guest reset itself');
      if (found !== null) this.cursor = matchEnd;
      return found !== null;
    });
    return found as unknown as RegExpExecArray;
  }

  send(text: string): void {
    this.announce(`send ${JSON.stringify(text)}`);
    if (this.guest.end !== undefined) throw this.failed('send', this.guest.end.reason);
    this.guest.write(text);
  }

  /** From here to the end, no line behind the last match may hold `pattern`. */
  refuse(pattern: string | RegExp): void {
    this.announce(`refuse ${show(pattern)} from here on`);
    const guard = { pattern: searchable(pattern), shown: show(pattern), from: this.cursor, origin: this.origin };
    this.guards.push(guard);
  }

  /** Waits until the guest resets itself and prints again; later steps see only text from after the reset. */
  async reset(within_ms = DEFAULT_WITHIN_MS): Promise<void> {
    this.announce(`expect a reset within ${within_ms} ms`);
    await this.waitUntil('expect a reset', within_ms, () => {
      const mark = this.guest.resets[this.resetsSeen];
      this.checkGuards(mark ?? this.guest.text.length, mark !== undefined);
      return mark !== undefined && this.guest.text.length > mark;
    });
    this.cursor = this.guest.resets[this.resetsSeen++] ?? this.cursor;
  }

  /** Ends the machine; fails when refused text turns up in what it has printed. */
  async quit(): Promise<void> {
    this.announce('quit');
    await this.guest.stop();
    this.checkGuards(this.guest.text.length, true);
  }

  private announce(step: string): void {
    const { position } = this.origin ?? {};
    this.log(position === undefined ? step : `${position.file}:${position.line}: ${step}`);
  }

  private async waitUntil(what: string, within_ms: number, done: () => boolean): Promise<void> {
    const deadline_ms = performance.now() + within_ms;
    for (;;) {
      if (done()) return;
      const reason =
        this.guest.end?.reason ?? (performance.now() >= deadline_ms ? `nothing in ${within_ms} ms` : undefined);
      if (reason !== undefined) {
        this.checkGuards(this.guest.text.length, true);
        throw this.failed(what, reason);
      }
      await this.change(deadline_ms - performance.now());
    }
  }

  private change(at_most_ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        unsubscribe();
        resolve();
      };
      const timer = setTimeout(wake, Math.max(0, Math.ceil(at_most_ms)));
      const unsubscribe = this.guest.onChange(wake);
    });
  }

  /** Guards look at whole lines, so that `$` means the end of one; the open last one counts when nothing can follow. */
  private checkGuards(limit: number, final: boolean): void {
    const { text } = this.guest;
    const until = final ? limit : text.lastIndexOf('\n', limit - 1) + 1;
    for (const guard of this.guards) {
      if (until <= guard.from) continue;
      const match = guard.pattern.exec(text.slice(guard.from, until));
      if (match !== null) {
        this.origin = guard.origin;
        throw this.failed(`refuse ${guard.shown}`, `the guest printed ${JSON.stringify(match[0])}`);
      }
      guard.from = until;
    }
  }

  private failed(what: string, reason: string): MachineError {
    const diagnostic = { code: QEMU_CODES.expectation, message: `${what}: ${reason}`, ...(this.origin ?? {}) };
    return new MachineError(diagnostic, this.guest.tail(TAIL_LINES));
  }
}

function show(pattern: string | RegExp): string {
  return typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern);
}

/** One kind of search for both: without state, and with `^` and `$` at line ends. */
function searchable(pattern: string | RegExp): RegExp {
  if (typeof pattern === 'string') return new RegExp(pattern.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(pattern.source, [...new Set(`${pattern.flags.replace(/[gy]/g, '')}m`)].join(''));
}
