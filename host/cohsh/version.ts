// SPDX-License-Identifier: Apache-2.0
/** The version that cohsh reports: the bundle's is put in when it is made, a checkout's is that of its package. */
import { readFileSync } from 'node:fs';

declare const COHSH_VERSION: string | undefined;

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { version?: unknown }).version);
}

export const VERSION: string = typeof COHSH_VERSION === 'string' ? COHSH_VERSION : packageVersion();
