// SPDX-License-Identifier: Apache-2.0
/** Mints tickets with an independent BLAKE3. */
import { blake3 } from '@noble/hashes/blake3.js';

export const SECRETS = ['bootstrap', 'worker', 'worker-gpu', 'worker-bus', 'worker-lora'] as const;

/** Ticket keys by role number, as the root task hands them out. */
export const KEYS: ReadonlyMap<number, Uint8Array> = new Map(
  SECRETS.map((secret, role) => [role, blake3(Buffer.from(secret))] as const),
);

export interface Scope {
  path: string;
  verb: number;
  rate: number;
}

export interface Claims {
  role: number;
  version?: number;
  ticks?: bigint;
  ops?: bigint;
  ttl_s?: bigint;
  subject?: string;
  issued_at_ms?: bigint;
  scopes?: readonly Scope[];
  quotas?: { bandwidth: bigint; resumes: number; advances: number };
}

const u8 = (value: number): Buffer => Buffer.from([value]);
const u16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);
const u32 = (value: number): Buffer => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
const u64 = (value: bigint): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(value);
  return out;
};
const text = (value: string): Buffer => Buffer.concat([u16(Buffer.byteLength(value)), Buffer.from(value)]);

export function payload(claims: Claims): Buffer {
  const { ticks, ops, ttl_s, subject, scopes, quotas } = claims;
  const flags = [ticks, ops, ttl_s, subject, scopes, quotas].reduce(
    (bits: number, field, index) => bits | (field === undefined ? 0 : 1 << index),
    0,
  );
  return Buffer.concat([
    u8(claims.version ?? 1),
    u8(claims.role),
    u8(flags),
    ...[ticks, ops, ttl_s].flatMap((value) => (value === undefined ? [] : [u64(value)])),
    ...(subject === undefined ? [] : [text(subject)]),
    u64(claims.issued_at_ms ?? 0n),
    text(''),
    text(''),
    ...(scopes === undefined
      ? []
      : [u8(scopes.length), ...scopes.flatMap((scope) => [text(scope.path), u8(scope.verb), u32(scope.rate)])]),
    ...(quotas === undefined ? [] : [u64(quotas.bandwidth), u32(quotas.resumes), u32(quotas.advances)]),
  ]);
}

export function seal(bytes: Uint8Array, secret: string): string {
  const mac = blake3(bytes, { key: blake3(Buffer.from(secret)) });
  return `cohesix-ticket-${Buffer.from(bytes).toString('hex')}.${Buffer.from(mac).toString('hex')}`;
}

export function mint(claims: Claims, secret: string = SECRETS[claims.role] ?? ''): string {
  return seal(payload(claims), secret);
}
