// SPDX-License-Identifier: Apache-2.0
/**
 * Owns what is known of the live tree for completion. Directories are asked of the session when Tab is pressed, remembered
 * for a moment, and never waited for longer than an operator would: a late answer serves the next Tab.
 */

/** How long names are taken for true. */
export const FRESH_MS = 3000;
/** How long Tab waits. */
export const WAIT_MS = 300;
/** After this a listing is given up. */
const GIVE_UP_MS = 5000;
const MAX_DIRECTORIES = 64;

export type Lister = (path: string, signal: AbortSignal) => Promise<readonly string[] | undefined>;

interface Entry {
  names: readonly string[] | undefined;
  known_at_ms: number;
  pending: Promise<void> | undefined;
}

export class LivePaths {
  private readonly lister: Lister;
  private readonly now: () => number;
  private readonly wait_ms: number;
  private readonly known = new Map<string, Entry>();

  constructor(lister: Lister, { now = () => performance.now(), wait_ms = WAIT_MS } = {}) {
    this.lister = lister;
    this.now = now;
    this.wait_ms = wait_ms;
  }

  /** Names in a directory; undefined when it is none, or when the answer takes too long. */
  async names(directory: string): Promise<readonly string[] | undefined> {
    let entry = this.known.get(directory);
    if (entry !== undefined && entry.pending === undefined && this.now() - entry.known_at_ms > FRESH_MS) {
      this.known.delete(directory);
      entry = undefined;
    }
    entry ??= this.ask(directory);
    if (entry.pending !== undefined) await within(entry.pending, this.wait_ms);
    return entry.names;
  }

  /** Another session sees another tree. */
  forget(): void {
    this.known.clear();
  }

  private ask(directory: string): Entry {
    const entry: Entry = { names: undefined, known_at_ms: this.now(), pending: undefined };
    const answered = (names: readonly string[] | undefined): void => {
      entry.names = names;
      entry.known_at_ms = this.now();
      entry.pending = undefined;
    };
    const asked = this.lister(directory, AbortSignal.timeout(GIVE_UP_MS));
    entry.pending = asked.then(answered, () => answered(undefined));
    const [oldest] = this.known.keys();
    if (this.known.size >= MAX_DIRECTORIES && oldest !== undefined) this.known.delete(oldest);
    this.known.set(directory, entry);
    return entry;
  }
}

function within(promise: Promise<void>, wait_ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, wait_ms);
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
