// SPDX-License-Identifier: Apache-2.0
/**
 * Owns refusals of a 9P server: the typed code that all dialects share, and the server's words where the dialect has
 * room for them.
 */
export const P9_CODES = ['Permission', 'NotFound', 'Busy', 'Invalid', 'TooBig', 'Closed', 'RateLimited'] as const;
export type P9Code = (typeof P9_CODES)[number];

export class P9Refusal extends Error {
  override readonly name = 'P9Refusal';
  readonly code: P9Code;
  /** The server's words, or what the errno stands for. */
  readonly text: string;
  readonly errno: number | undefined;

  constructor(code: P9Code, text: string, errno?: number) {
    super(`${code}: ${text}`);
    this.code = code;
    this.text = text;
    this.errno = errno;
  }
}

/** errno of Linux → code and text, as docs/secure9p.md has them. */
const ERRNOS: Readonly<Record<number, readonly [P9Code, string]>> = {
  1: ['Permission', 'EPERM'],
  2: ['NotFound', 'no such path'],
  9: ['Closed', 'fid is closed'],
  11: ['Busy', 'try again later'],
  13: ['Permission', 'access denied'],
  16: ['Busy', 'in use'],
  20: ['NotFound', 'not a directory'],
  21: ['Permission', 'is a directory'],
  22: ['Invalid', 'invalid argument'],
  32: ['Closed', 'session has ended'],
  71: ['Invalid', 'malformed message'],
  90: ['TooBig', 'too big'],
  95: ['Invalid', 'not supported'],
  122: ['TooBig', 'ELIMIT'],
};

export function fromErrno(errno: number): P9Refusal {
  const [code, text] = ERRNOS[errno] ?? (['Invalid', `errno ${errno}`] as const);
  return new P9Refusal(code, text, errno);
}

function codeOf(name: string): P9Code {
  return P9_CODES.find((code) => code === name) ?? 'Invalid';
}

/** Two strings (the older codec), or one `Code: text` (9P2000). */
export function fromTexts(first: string, second: string | undefined): P9Refusal {
  if (second !== undefined) return new P9Refusal(codeOf(first), second);
  const colon = first.indexOf(': ');
  const name = colon < 0 ? '' : first.slice(0, colon);
  const known = P9_CODES.find((code) => code === name);
  return known === undefined ? new P9Refusal('Invalid', first) : new P9Refusal(known, first.slice(colon + 2));
}
