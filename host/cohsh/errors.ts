// SPDX-License-Identifier: Apache-2.0
/** What can go wrong in cohsh itself: one line that says what, and one that says what to do. For every file below. */

/** A command that cannot be done. The text is part of the interface; `fix` says what the operator can do about it. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly fix: string | undefined;
  /** The operator ended the command. */
  readonly interrupted: boolean;

  constructor(message: string, options: { fix?: string; cause?: unknown; interrupted?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.fix = options.fix;
    this.interrupted = options.interrupted ?? false;
  }
}

/** A command line that cannot be understood: exit code 2. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
}

/** The operator pressed Ctrl-C, or the caller aborted. */
export function interrupted(): CommandError {
  return new CommandError('interrupted', { interrupted: true });
}

/** Throws when the caller has aborted. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw interrupted();
}

/** Whoever reads a log or looks over a shoulder could use a ticket: none is ever repeated. */
export function redacted(text: string): string {
  return text.replace(/cohesix-ticket-[0-9a-z.-]+/gi, 'cohesix-ticket-*');
}

/** What happened, without secrets. */
export function messageOf(error: unknown): string {
  return redacted(error instanceof Error ? error.message : String(error));
}

/** `what (what to do)`: an error in one line. */
export function describe(error: unknown): string {
  const message = messageOf(error);
  const fix = fixOf(error);
  return fix === undefined ? oneLine(message) : `${oneLine(message)} (${oneLine(fix)})`;
}

/** What to do about an error, if it says so. */
export function fixOf(error: unknown): string | undefined {
  const fix: unknown = error instanceof Error ? (error as { fix?: unknown }).fix : undefined;
  return typeof fix === 'string' && fix !== '' ? redacted(fix) : undefined;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, '; ');
}
