// SPDX-License-Identifier: Apache-2.0
/**
 * Owns what can go wrong between a client and a node, as one typed set. A refusal is no error: it is an answer whose
 * acknowledgement begins with ERR (answer.ts). Errors are for calls that got no answer.
 */
export const ERROR_CODES = [
  'unreachable',
  'auth',
  'attach',
  'refused',
  'closed',
  'timeout',
  'aborted',
  'protocol',
  'policy',
  'usage',
  'busy',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** `message` says what happened in one line, `fix` what to do about it. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ErrorCode;
  readonly fix: string;

  constructor(code: ErrorCode, message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fix = fix;
  }
}

/** What failed, whatever was thrown, in one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').trim() || 'unknown error';
}

/** The error that stands for anything thrown by a lower layer. */
export function asClientError(error: unknown, code: ErrorCode, fix: string): ClientError {
  if (error instanceof ClientError) return error;
  return new ClientError(code, reasonOf(error), fix, { cause: error });
}

export function usageError(message: string, fix: string): ClientError {
  return new ClientError('usage', message, fix);
}

export function protocolError(message: string): ClientError {
  return new ClientError('protocol', message, 'check that host and port are those of a Cohesix node');
}
