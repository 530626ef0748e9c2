// SPDX-License-Identifier: Apache-2.0
/**
 * Owns refusals on their way from where they happen to the answer that tells of them, and the errors of commands that got
 * no answer.
 */
import type { Answer } from '../answer.ts';
import { MAX_ANSWER_BYTES } from '../defaults.ts';
import { ClientError } from '../errors.ts';
import { P9Refusal } from '../p9/refusal.ts';

/** A refusal with the place where it happened. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    /** Undefined: the client itself saw that the path can be none. */
    readonly refusal: P9Refusal | undefined,
    /** It was the path that was refused, not what was done with it. */
    readonly walking: boolean,
  ) {
    super(refusal?.message ?? 'invalid path');
  }
}

export async function refusing<T>(walking: boolean, job: Promise<T>): Promise<T> {
  try {
    return await job;
  } catch (error) {
    throw error instanceof P9Refusal ? new Refused(error, walking) : error;
  }
}

export function refusedError({ ack }: Answer): ClientError {
  return new ClientError('refused', ack.line, 'see docs/console.md, Refusals');
}

export function tooMuch(path: string): ClientError {
  return new ClientError('usage', `${path} exceeds ${MAX_ANSWER_BYTES} bytes`, 'read it in pieces');
}

/** Whether a command that changes something was carried out before the connection was lost. */
export function unknownOutcome(verb: string, cause: ClientError): ClientError {
  const what = cause.code === 'timeout' ? cause.message : `connection lost during ${verb}: ${cause.message}`;
  return new ClientError(cause.code, what, 'it may or may not have been carried out: look before you repeat it', {
    cause,
  });
}
