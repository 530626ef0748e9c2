// SPDX-License-Identifier: Apache-2.0
/**
 * For what must be there once a manifest has passed its checks. Where authority is computed nothing stands in for a
 * missing value: index 0 is somebody's object, and badge 0 is everybody's.
 */
import { failure, type Failure } from '../../diagnostics/diagnostic.ts';
import { inputCodes } from './manifest/codes.ts';

export function internalError(message: string): Failure {
  return failure('COH0005', `internal error: ${message}`, inputCodes.COH0005?.fix);
}

export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw internalError(`${what} is missing`);
  return value;
}
