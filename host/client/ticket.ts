// SPDX-License-Identifier: Apache-2.0
/**
 * Owns capability tickets on the host: their payload, their MAC, and what a client checks before it sends one. Used by
 * every program that mints or presents tickets; the image verifies the same bytes in ninedoor/ticket.
 *
 *   token   "cohesix-ticket-" hex(payload) "." hex(mac)
 *   mac     BLAKE3 of the payload, keyed with BLAKE3(secret)
 */
import { createHash } from 'node:crypto';
import { blake3 } from '@noble/hashes/blake3.js';

export const ROLES = ['queen', 'worker-heartbeat', 'worker-gpu', 'worker-bus', 'worker-lora'] as const;
export type Role = (typeof ROLES)[number];

export const VERBS = ['read', 'write', 'read-write'] as const;
export type Verb = (typeof VERBS)[number];

export interface Scope {
  /** Absolute path; empty or `/` stands for all paths. */
  path: string;
  verb: Verb;
  /** 0: unlimited. */
  rate_per_s: number;
}

/** 0 stands for "not limited by the ticket". */
export interface Quotas {
  bandwidth_bytes: bigint;
  cursor_resumes: number;
  cursor_advances: number;
}

export interface Budget {
  ticks?: bigint;
  ops?: bigint;
  ttl_s?: bigint;
}

export interface Claims extends Budget {
  role: Role;
  /** Whom the ticket is for: a worker, a bus or a LoRA adapter. */
  subject?: string;
  /** Unix time. */
  issued_at_ms: bigint;
  mount?: { service: string; at: string };
  scopes?: readonly Scope[];
  quotas?: Quotas;
}

/** Why a ticket cannot be made, read or sent; the text is part of the interface. */
export class TicketError extends Error {
  override readonly name = 'TicketError';
}

const PREFIX = 'cohesix-ticket-';
const VERSION = 1;
const MAC_BYTES = 32;
export const MAX_STRING_BYTES = 255;
export const MAX_SCOPES = 16;
/** Longest token that consoles take. */
export const MAX_TOKEN_BYTES = 224;

const FLAG = { ticks: 0x01, ops: 0x02, ttl_s: 0x04, subject: 0x08, scopes: 0x10, quotas: 0x20 } as const;
const BUDGETS = ['ticks', 'ops', 'ttl_s'] as const;

// ---- Payload ----

function integer(value: bigint | number, bytes: number, what: string): Buffer {
  const exact = BigInt(value);
  if (exact < 0n || exact >= 1n << BigInt(8 * bytes)) {
    throw new TicketError(`${what} ${exact} does not fit into ${8 * bytes} bits`);
  }
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(exact);
  return out.subarray(0, bytes);
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length > MAX_STRING_BYTES) throw new TicketError('mount data exceeds allowed length');
  return Buffer.concat([integer(bytes.length, 2, 'length'), bytes]);
}

function encodeScopes(scopes: readonly Scope[]): Buffer[] {
  if (scopes.length > MAX_SCOPES) throw new TicketError('scope count exceeds allowed maximum');
  const one = ({ path, verb, rate_per_s }: Scope): Buffer[] => [
    string(path),
    Buffer.from([VERBS.indexOf(verb)]),
    integer(rate_per_s, 4, 'scope rate'),
  ];
  return [Buffer.from([scopes.length]), ...scopes.flatMap(one)];
}

function encodeQuotas({ bandwidth_bytes, cursor_resumes, cursor_advances }: Quotas): Buffer[] {
  return [
    integer(bandwidth_bytes, 8, 'bandwidth quota'),
    integer(cursor_resumes, 4, 'cursor resume quota'),
    integer(cursor_advances, 4, 'cursor advance quota'),
  ];
}

/** Whether any quota limits anything: only then is the field written. */
function limits(quotas: Quotas | undefined): quotas is Quotas {
  if (quotas === undefined) return false;
  return quotas.bandwidth_bytes !== 0n || quotas.cursor_resumes !== 0 || quotas.cursor_advances !== 0;
}

/** The payload of a ticket. */
export function encodeClaims(claims: Claims): Buffer {
  const { subject, mount, scopes = [], quotas } = claims;
  let flags = 0;
  for (const field of BUDGETS) if (claims[field] !== undefined) flags |= FLAG[field];
  if (subject !== undefined) flags |= FLAG.subject;
  if (scopes.length > 0) flags |= FLAG.scopes;
  if (limits(quotas)) flags |= FLAG.quotas;
  const budgets = BUDGETS.flatMap((field) => (claims[field] === undefined ? [] : [integer(claims[field], 8, field)]));
  return Buffer.concat([
    Buffer.from([VERSION, ROLES.indexOf(claims.role), flags]),
    ...budgets,
    ...(subject === undefined ? [] : [string(subject)]),
    integer(claims.issued_at_ms, 8, 'issued_at_ms'),
    string(mount?.service ?? ''),
    string(mount?.at ?? ''),
    ...(scopes.length > 0 ? encodeScopes(scopes) : []),
    ...(limits(quotas) ? encodeQuotas(quotas) : []),
  ]);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class Reader {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(count: number): Buffer {
    if (this.bytes.length - this.at < count) throw new TicketError('claims payload truncated');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  byte = (): number => this.take(1).readUInt8();
  word = (): number => this.take(4).readUInt32LE();
  long = (): bigint => this.take(8).readBigUInt64LE();

  string(): string {
    const length = this.take(2).readUInt16LE();
    if (length > MAX_STRING_BYTES) throw new TicketError('mount data exceeds allowed length');
    const bytes = this.take(length);
    try {
      return utf8.decode(bytes);
    } catch {
      throw new TicketError('ticket malformed');
    }
  }

  finish(): void {
    if (this.at !== this.bytes.length) throw new TicketError('claims payload contains trailing data');
  }
}

function decodeScopes(reader: Reader): Scope[] {
  const count = reader.byte();
  if (count > MAX_SCOPES) throw new TicketError('scope count exceeds allowed maximum');
  return Array.from({ length: count }, () => {
    const path = reader.string();
    const number = reader.byte();
    const verb = VERBS[number];
    if (verb === undefined) throw new TicketError(`scope verb ${number} is invalid`);
    return { path, verb, rate_per_s: reader.word() };
  });
}

/** The claims in a payload. */
export function decodeClaims(payload: Uint8Array): Claims {
  const reader = new Reader(Buffer.from(payload));
  const version = reader.byte();
  if (version !== VERSION) throw new TicketError(`claims version ${version} is unsupported`);
  const number = reader.byte();
  const role = ROLES[number];
  if (role === undefined) throw new TicketError(`claims role ${number} is unsupported`);
  const flags = reader.byte();
  const claims: Claims = { role, issued_at_ms: 0n };
  for (const field of BUDGETS) if ((flags & FLAG[field]) !== 0) claims[field] = reader.long();
  if ((flags & FLAG.subject) !== 0) claims.subject = reader.string();
  claims.issued_at_ms = reader.long();
  const mount = { service: reader.string(), at: reader.string() };
  if (mount.service !== '' || mount.at !== '') claims.mount = mount;
  if ((flags & FLAG.scopes) !== 0) claims.scopes = decodeScopes(reader);
  if ((flags & FLAG.quotas) !== 0) {
    claims.quotas = { bandwidth_bytes: reader.long(), cursor_resumes: reader.word(), cursor_advances: reader.word() };
  }
  reader.finish();
  return claims;
}

// ---- Token ----

/** The key that signs tickets of a role. */
export function ticketKey(secret: string): Uint8Array {
  return blake3(Buffer.from(secret));
}

/** The token of a payload. */
export function signClaims(payload: Buffer, key: Uint8Array): string {
  const mac = blake3(payload, { key });
  return `${PREFIX}${payload.toString('hex')}.${Buffer.from(mac).toString('hex')}`;
}

/** Signs claims with the secret of their role. */
export function mintTicket(claims: Claims, secret: string): string {
  return signClaims(encodeClaims(claims), ticketKey(secret));
}

function unhex(text: string): Buffer {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) throw new TicketError('ticket malformed');
  return Buffer.from(text, 'hex');
}

function splitToken(token: string): { payload: Buffer; mac: Buffer } {
  if (!token.startsWith(PREFIX)) throw new TicketError('ticket missing prefix');
  const dot = token.indexOf('.', PREFIX.length);
  if (dot < 0) throw new TicketError('ticket malformed');
  const payload = unhex(token.slice(PREFIX.length, dot));
  const mac = unhex(token.slice(dot + 1));
  if (mac.length !== MAC_BYTES) throw new TicketError(`ticket MAC length ${mac.length} is invalid`);
  return { payload, mac };
}

/** The claims of a token whose MAC is not checked: clients do not know the keys. */
export function readTicket(token: string): Claims {
  return decodeClaims(splitToken(token).payload);
}

/** The claims of a token that the secret signed. */
export function verifyTicket(token: string, secret: string): Claims {
  const { payload, mac } = splitToken(token);
  const expected = blake3(payload, { key: ticketKey(secret) });
  let difference = 0;
  expected.forEach((byte, index) => (difference |= byte ^ (mac[index] ?? 0)));
  if (difference !== 0) throw new TicketError('ticket MAC validation failed');
  return decodeClaims(payload);
}

// ---- What clients do ----

const WORKER_BUDGET: Budget = { ticks: 1000n, ops: 10_000n, ttl_s: 300n };
const DEFAULT_BUDGETS: Record<Role, Budget> = {
  queen: {},
  'worker-heartbeat': WORKER_BUDGET,
  'worker-gpu': { ops: 64n, ttl_s: 120n },
  'worker-bus': WORKER_BUDGET,
  'worker-lora': WORKER_BUDGET,
};

export interface MintRequest {
  role: Role;
  secret: string;
  /** Unix time. */
  now_ms: bigint;
  subject?: string;
  /** In place of the role's usual budget. */
  budget?: Budget;
  scopes?: readonly Scope[];
  quotas?: Quotas;
}

/** Mints a ticket as the clients' `mint` does: worker roles need a subject, budgets are the role's unless others are named. */
export function mintFor({ role, secret, now_ms, subject, budget, scopes, quotas }: MintRequest): string {
  const name = subject?.trim() ?? '';
  if (role !== 'queen' && name === '') throw new TicketError('worker roles require a subject identity');
  const claims: Claims = { role, issued_at_ms: now_ms, ...(budget ?? DEFAULT_BUDGETS[role]) };
  if (name !== '') claims.subject = name;
  if (scopes !== undefined) claims.scopes = scopes;
  if (quotas !== undefined) claims.quotas = quotas;
  return mintTicket(claims, secret);
}

/** A role by its label in any case; `alias`: `worker` stands for worker-heartbeat. */
export function parseRole(label: string, { alias = true } = {}): Role | undefined {
  const lower = label.toLowerCase();
  if (alias && lower === 'worker') return 'worker-heartbeat';
  return ROLES.find((role) => role === lower);
}

/** `WorkerGpu`: how reasons spell a role. */
export function roleName(role: Role): string {
  return role.replace(/(^|-)([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase());
}

export interface NormalizeOptions {
  /** Whether a queen's ticket is looked into, or passed on untouched. */
  checkQueen: boolean;
  maxBytes?: number;
}

/** The ticket to send with an attach, or undefined for none; refuses what the server would refuse anyway. */
export function normalizeTicket(role: Role, text: string | undefined, options: NormalizeOptions): string | undefined {
  const token = text?.trim() ?? '';
  const maxBytes = options.maxBytes ?? MAX_TOKEN_BYTES;
  if (Buffer.byteLength(token) > maxBytes) throw new TicketError(`ticket payload exceeds ${maxBytes} bytes`);
  if (token === '') {
    if (role === 'queen') return undefined;
    throw new TicketError('ticket payload is required');
  }
  if (role === 'queen' && !options.checkQueen) return token;
  const claims = decoded(token);
  if (claims.role !== role) {
    throw new TicketError(`ticket role ${roleName(claims.role)} does not match requested role ${roleName(role)}`);
  }
  if (role !== 'queen' && (claims.subject ?? '').trim() === '') {
    throw new TicketError('ticket is missing required subject identity');
  }
  return token;
}

function decoded(token: string): Claims {
  try {
    return readTicket(token);
  } catch (error) {
    if (!(error instanceof TicketError)) throw error;
    throw new TicketError(`ticket is not a valid claims token: ${error.message}`);
  }
}

/** Names a ticket in logs as the server does (ninedoor/ticket/verify.ts): 8 digits of SHA-256 of the token. */
export function ticketDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 8);
}
