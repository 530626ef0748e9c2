// SPDX-License-Identifier: Apache-2.0
/** Rules for release profiles: what may stand in a manifest on a desk, and not in one for use. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import { completed, type Manifest } from '../schema/manifest.ts';
import { findSigningKey } from './cas.ts';

export const releaseCodes: CodeTable = {
  COH3801: {
    cause: 'Secrets that stand in published profiles, or that everybody tries first, keep nobody out.',
    fix: 'write a secret of your own, e.g. the output of `openssl rand -hex 24`',
  },
  COH3802: {
    cause: 'A short secret can be found by trying all of them: every ticket allows the trial without asking the node.',
    fix: 'write at least 16 bytes, e.g. the output of `openssl rand -hex 24`',
  },
  COH3803: {
    cause: 'Who knows the secret of one role could sign tickets of the other.',
    fix: 'give each role, and the token, a secret of its own',
  },
  COH3804: {
    cause: 'Without a ticket everybody who reaches a console is a queen.',
    fix: 'set `auth.queen_ticket = "required"`',
  },
  COH3805: {
    cause: 'The development key is public: everybody could sign updates with it.',
    fix: 'make a key of your own, e.g. with `openssl rand -hex 32`, and keep it out of the repository',
  },
  COH3806: {
    cause: 'An update without a signature may come from anybody who has reached a queen session once.',
    fix: 'set `cas.signing.required = true`, with a key',
  },
};

/** In published profiles and manuals, or the first guesses of everybody. */
const KNOWN_SECRETS: readonly string[] = [
  ...['changeme', 'bootstrap', 'worker', 'worker-heartbeat', 'worker-gpu', 'worker-bus', 'worker-lora', 'queen'],
  ...['secret', 'password', 'admin', 'test', 'default', 'cohesix', 'token', '123456', 'letmein'],
];
/** What published profiles put in the place of a secret starts so. */
const PLACEHOLDERS: readonly string[] = ['replace', 'changeme', 'change-me', 'todo', 'example', '<'];
/** SHA-256 of the key in configs/keys, as bytes. */
const DEVELOPMENT_KEY_SHA256 = '4884fdaafea47c29fea7159d0daddd9c085d6200e1359e85bb81736af6b7c837';

export function checkRelease(manifest: Manifest, report: Report): void {
  if (manifest.auth === undefined) return;
  const { profile, auth, tickets, cas } = completed(manifest);
  if (!profile.release) return;
  const secrets = [
    { path: 'auth.token', name: 'auth.token', owner: 'token', secret: auth.token },
    ...tickets.map(({ role, secret }, index) => ({
      path: `tickets[${index}].secret`,
      name: `secret of role ${role}`,
      owner: role,
      secret,
    })),
  ];
  const owners = new Map<string, string>();
  for (const { path, name, owner, secret } of secrets) {
    const other = owners.get(secret);
    if (isKnown(secret)) report.error('COH3801', [path, 'profile.release'], `${name} is a default`);
    else if (Buffer.byteLength(secret) < limit.MIN_RELEASE_SECRET_BYTES) {
      const message = `${name} is shorter than ${limit.MIN_RELEASE_SECRET_BYTES} bytes`;
      report.error('COH3802', [path, 'profile.release'], message);
    } else if (other !== undefined && other !== owner) {
      report.error('COH3803', [path, 'profile.release'], `${name} is that of ${other} too`);
    }
    owners.set(secret, owner);
  }
  if (auth.queen_ticket !== 'required') {
    const message = 'auth.queen_ticket must be "required" when profile.release = true';
    report.error('COH3804', ['auth.queen_ticket', 'profile.release'], message);
  }
  if (cas.enable) checkUpdates(cas, report);
}

function checkUpdates({ signing }: Manifest['cas'], report: Report): void {
  if (signing === null) return;
  if (!signing.required) {
    const path = 'cas.signing.required';
    report.error('COH3806', [path, 'profile.release'], `${path} must be true when profile.release = true`);
  }
  const file = findSigningKey(signing.key_path, report);
  if (file === undefined) return;
  const seed = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
  if (createHash('sha256').update(seed).digest('hex') !== DEVELOPMENT_KEY_SHA256) return;
  report.error('COH3805', ['cas.signing.key_path', 'profile.release'], `${signing.key_path} is the development key`);
}

function isKnown(secret: string): boolean {
  const text = secret.toLowerCase();
  return KNOWN_SECRETS.includes(text) || PLACEHOLDERS.some((start) => text.startsWith(start));
}
