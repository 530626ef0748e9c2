// SPDX-License-Identifier: Apache-2.0
/** The host's tickets against the server's: what one mints the other reads, and both refuse with the same reason. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeClaims,
  encodeClaims,
  mintFor,
  mintTicket,
  normalizeTicket,
  parseRole,
  readTicket,
  ROLES,
  ticketDigest,
  TicketError,
  ticketKey,
  verifyTicket,
  VERBS,
  type Claims,
  type Role,
} from '../../../host/client/ticket.ts';
import { ticketSecret } from '../../../host/client/ticket-config.ts';
import { ROOT } from '../ninedoor/build.ts';
import { Leaf, mutate, randomly } from './leaf.ts';

const SECRETS: Record<Role, string> = {
  queen: 'bootstrap',
  'worker-heartbeat': 'worker',
  'worker-gpu': 'worker-gpu',
  'worker-bus': 'worker-bus',
  'worker-lora': 'worker-lora',
};
const OK = 0;
const NO_KEY = 1;
const REJECTED = 2;

let leaf: Leaf;
beforeAll(async () => {
  // No key for the last role.
  leaf = await Leaf.load(new Map(ROLES.slice(0, 4).map((role, number) => [number, ticketKey(SECRETS[role])])));
});

/** The server's record of claims (ninedoor/ticket/claims.ts), as the host writes claims. */
function recorded(): Claims {
  const record = leaf.at(leaf.exports.claimsRecord(), 348 + 16 * 264);
  const claims: Claims = { role: ROLES[record.readUInt8(0)] ?? 'queen', issued_at_ms: record.readBigUInt64LE(32) };
  (['ticks', 'ops', 'ttl_s'] as const).forEach((field, index) => {
    const value = record.readBigUInt64LE(8 + 8 * index);
    if (value !== 2n ** 64n - 1n) claims[field] = value;
  });
  if ((record.readUInt8(1) & 1) !== 0) claims.subject = record.toString('utf8', 92, 92 + record.readUInt32LE(56));
  const count = record.readUInt8(2);
  if (count > 0) {
    claims.scopes = Array.from({ length: count }, (_, index) => {
      const at = 348 + 264 * index;
      const path = record.toString('utf8', at + 8, at + 8 + record.readUInt16LE(at + 2));
      return { path, verb: VERBS[record.readUInt8(at)] ?? 'read', rate_per_s: record.readUInt32LE(at + 4) };
    });
  }
  const quotas = {
    bandwidth_bytes: record.readBigUInt64LE(40),
    cursor_resumes: record.readUInt32LE(48),
    cursor_advances: record.readUInt32LE(52),
  };
  if (quotas.bandwidth_bytes !== 0n || quotas.cursor_resumes + quotas.cursor_advances > 0) claims.quotas = quotas;
  return claims;
}

/** The server's answer to a token: its claims, or its reason. */
function ask(role: Role, token: string): Claims | string {
  const outcome = leaf.exports.check(ROLES.indexOf(role), leaf.give(Buffer.from(token, 'latin1')));
  if (outcome === NO_KEY) return 'no key';
  return outcome === REJECTED ? leaf.text() : recorded();
}

function reasonOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(TicketError);
    return (error as TicketError).message;
  }
  return 'no refusal';
}

const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => Buffer.byteLength(value) <= 255);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 2n }); // all ones: the server's "no limit"
const u32 = fc.nat({ max: 2 ** 32 - 1 });
const claimsOf = fc.record(
  {
    role: fc.constantFrom(...ROLES.slice(0, 4)),
    issued_at_ms: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    ticks: u64,
    ops: u64,
    ttl_s: u64,
    subject: text,
    scopes: fc.array(fc.record({ path: text, verb: fc.constantFrom(...VERBS), rate_per_s: u32 }), {
      minLength: 1,
      maxLength: 16,
    }),
    quotas: fc.record({
      bandwidth_bytes: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
      cursor_resumes: u32,
      cursor_advances: u32,
    }),
  },
  { requiredKeys: ['role', 'issued_at_ms'] },
);

describe('tokens minted elsewhere', () => {
  const at = (role: Role, fields: Partial<Claims>): Claims => ({ role, issued_at_ms: 0n, ...fields });
  const scopes = [
    { path: '/log', verb: 'read', rate_per_s: 1 },
    { path: '/queen', verb: 'write', rate_per_s: 0 },
    { path: '/shard', verb: 'write', rate_per_s: 0 },
  ] as const;
  const quotas = { bandwidth_bytes: 0n, cursor_resumes: 0, cursor_advances: 1 };
  const budget = { ticks: 1000n, ops: 10_000n, ttl_s: 300n, issued_at_ms: 1_700_000_000_000n };
  const vectors: [string, Claims][] = [
    [
      '0101080800776f726b65722d31000000000000000000000000.ea7bee86230e67031e6e758fa01c00eaa9c1f0bfff4b41548424a3df0356cff9',
      at('worker-heartbeat', { subject: 'worker-1' }),
    ],
    [
      '0103080b006d6f646275732d6d61696e000000000000000000000000.e9f653dd264c440296e25118f72ed5a10cd8b2141288c45139bbcef8316d98c8',
      at('worker-bus', { subject: 'modbus-main' }),
    ],
    [
      '0100040000000000000000000000000000000000000000.e9b8bc4e26e2f06725347bdd8983fb3efc170658fc6af53cabb746bef58deddb',
      at('queen', { ttl_s: 0n }),
    ],
    [
      '0100300000000000000000000000000304002f6c6f67000100000006002f717565656e010000000006002f7368617264010000000000000000000000000000000001000000.0c714a86a89a2abc049395e486dbd2a8ce6ba7076ce508a02431a22319629672',
      at('queen', { scopes, quotas }),
    ],
    [
      '01010fe80300000000000010270000000000002c010000000000000800776f726b65722d310068e5cf8b01000000000000.f134e615612664333a0639b469b5b820de88df0824e2a0a6a3ebf9a51a582e16',
      at('worker-heartbeat', { subject: 'worker-1', ...budget }),
    ],
  ];

  it.each(vectors)('%s', (rest, claims) => {
    const token = `cohesix-ticket-${rest}`;
    expect(mintTicket(claims, SECRETS[claims.role])).toBe(token);
    expect(readTicket(token)).toEqual(claims);
    expect(verifyTicket(token, SECRETS[claims.role])).toEqual(claims);
    expect(ask(claims.role, token)).toEqual(claims);
    const upper = `cohesix-ticket-${rest.toUpperCase()}`;
    expect(ask(claims.role, upper)).toEqual(claims);
    expect(verifyTicket(upper, SECRETS[claims.role])).toEqual(claims);
  });
});

describe('host and server', () => {
  it('read each claims alike (property)', () => {
    fc.assert(
      fc.property(claimsOf, (claims) => {
        const token = mintTicket(claims, SECRETS[claims.role]);
        expect(verifyTicket(token, SECRETS[claims.role])).toEqual(claims);
        expect(ask(claims.role, token)).toEqual(claims);
      }),
      { numRuns: 300, seed: 11 },
    );
  });

  it('give a token the same name in logs', () => {
    const token = mintTicket({ role: 'queen', issued_at_ms: 5n }, 'bootstrap');
    const digest = leaf.exports.tokenDigest(leaf.give(Buffer.from(token))) >>> 0;
    expect(digest.toString(16).padStart(8, '0')).toBe(ticketDigest(token));
    expect(token).not.toContain(ticketDigest(token));
  });

  it('refuse changed payloads with the same reason', () => {
    const random = randomly(17);
    const reasons = new Map<string, number>();
    const samples = fc.sample(claimsOf, { numRuns: 400, seed: 19 }).map(encodeClaims);
    for (let round = 0; round < 20_000; round++) {
      const sample = samples[round % samples.length] ?? Buffer.alloc(0);
      const payload = random(10) === 0 ? Buffer.from(sample.map(() => random(256))) : mutate(sample, random);
      const { result, wrote } = leaf.twice(payload, leaf.exports.decode);
      const reason = result === OK ? 'no refusal' : wrote.toString();
      expect(reason, payload.toString('hex')).toBe(reasonOf(() => decodeClaims(payload)));
      const kind = reason.replace(/\d+/g, 'N');
      reasons.set(kind, (reasons.get(kind) ?? 0) + 1);
    }
    // The mutations reach every reason.
    expect([...reasons.keys()].sort()).toEqual([
      'claims payload contains trailing data',
      'claims payload truncated',
      'claims role N is unsupported',
      'claims version N is unsupported',
      'mount data exceeds allowed length',
      'no refusal',
      'scope count exceeds allowed maximum',
      'scope verb N is invalid',
      'ticket malformed',
    ]);
  });

  it('refuse changed tokens with the same reason', () => {
    const random = randomly(23);
    const samples = fc.sample(claimsOf, { numRuns: 50, seed: 29 });
    const tokens = samples.map((claims) => mintTicket(claims, SECRETS[claims.role]));
    for (let round = 0; round < 5000; round++) {
      const claims = samples[round % samples.length] as Claims;
      const edited = mutate(Buffer.from(tokens[round % tokens.length] ?? ''), random).map((byte) => byte & 0x7f);
      const token = Buffer.from(edited).toString('latin1');
      const call = (bytes: number): number => leaf.exports.check(ROLES.indexOf(claims.role), bytes);
      const { result, wrote } = leaf.twice(edited, call);
      const reason = result === OK ? 'no refusal' : wrote.toString();
      expect(reason, token).toBe(reasonOf(() => verifyTicket(token, SECRETS[claims.role])));
    }
  });

  it('tell every changed bit of a token', () => {
    const token = Buffer.from(mintTicket({ role: 'queen', issued_at_ms: 9n, ttl_s: 60n }, 'bootstrap'));
    for (let bit = 0; bit < 8 * token.length; bit++) {
      const changed = Buffer.from(token);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const isCase = changed.toString('latin1').toLowerCase() === token.toString('latin1').toLowerCase();
      const isHexDigit = bit >> 3 >= 'cohesix-ticket-'.length;
      const outcome = leaf.exports.check(0, leaf.give(changed));
      expect(outcome, `bit ${bit}`).toBe(isCase && isHexDigit ? OK : REJECTED);
    }
  });
});

describe('borders of the payload', () => {
  const NONE = Buffer.alloc(12); // issued_at_ms and two empty mounts
  const scopes = (count: number, verb: number): Buffer =>
    Buffer.concat([Buffer.from([1, 0, 0x10]), NONE, Buffer.from([count]), ...Array<Buffer>(count).fill(scope(verb))]);
  const scope = (verb: number): Buffer => Buffer.from([0, 0, verb, 0, 0, 0, 0]);
  const subject = (bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([1, 0, 0x08, bytes.length & 0xff, bytes.length >> 8]), bytes, NONE]);
  const plain = (version: number, role: number, flags = 0): Buffer =>
    Buffer.concat([Buffer.from([version, role, flags]), NONE]);
  const table: [string, Buffer, string][] = [
    ['the last role', plain(1, 4), 'no refusal'],
    ['a role beyond', plain(1, 5), 'claims role 5 is unsupported'],
    ['the last number for a role', plain(1, 255), 'claims role 255 is unsupported'],
    ['version 0', plain(0, 0), 'claims version 0 is unsupported'],
    ['version 2', plain(2, 9), 'claims version 2 is unsupported'],
    ['unknown flags', plain(1, 0, 0xc0), 'no refusal'],
    ['16 scopes', scopes(16, 2), 'no refusal'],
    ['17 scopes', scopes(17, 2), 'scope count exceeds allowed maximum'],
    ['no scopes, though the flag is set', scopes(0, 0), 'no refusal'],
    ['a verb beyond', scopes(1, 3), 'scope verb 3 is invalid'],
    ['an empty subject', subject(Buffer.alloc(0)), 'no refusal'],
    ['255 bytes', subject(Buffer.alloc(255, 'x')), 'no refusal'],
    ['256 bytes', subject(Buffer.alloc(256, 'x')), 'mount data exceeds allowed length'],
    ['a subject that is no text', subject(Buffer.from([0xc3])), 'ticket malformed'],
    ['a byte too many', Buffer.concat([plain(1, 0), Buffer.from([0])]), 'claims payload contains trailing data'],
  ];

  it.each(table)('%s', (_name, payload, reason) => {
    expect(reasonOf(() => decodeClaims(payload))).toBe(reason);
    const outcome = leaf.exports.decode(leaf.give(payload));
    expect(outcome === OK ? 'no refusal' : leaf.text()).toBe(reason);
  });

  it('every byte is needed', () => {
    const quotas = { bandwidth_bytes: 1n, cursor_resumes: 2, cursor_advances: 3 };
    const limits = { ticks: 1n, ops: 2n, ttl_s: 3n, quotas };
    const all: Claims = { role: 'queen', issued_at_ms: 4n, subject: 's', ...limits };
    const payload = encodeClaims({ ...all, scopes: [{ path: '/log', verb: 'read', rate_per_s: 5 }] });
    for (let bytes = 0; bytes < payload.length; bytes++) {
      leaf.exports.decode(leaf.give(payload.subarray(0, bytes)));
      expect(leaf.text(), `${bytes} bytes`).toBe('claims payload truncated');
      expect(reasonOf(() => decodeClaims(payload.subarray(0, bytes)))).toBe('claims payload truncated');
    }
  });
});

describe('refusals of tokens', () => {
  const good: Claims = { role: 'queen', issued_at_ms: 0n };
  const token = mintTicket(good, 'bootstrap');
  const mac = token.slice(-64);
  const table: [string, string, string][] = [
    ['nothing', '', 'ticket missing prefix'],
    ['the prefix in capitals', token.replace('cohesix', 'COHESIX'), 'ticket missing prefix'],
    ['a blank before it', ` ${token}`, 'ticket missing prefix'],
    ['the prefix alone', 'cohesix-ticket-', 'ticket malformed'],
    ['no dot', token.replace('.', ''), 'ticket malformed'],
    ['half a byte of payload', token.replace('-01', '-1'), 'ticket malformed'],
    ['no hexadecimal', token.replace('-01', '-0x'), 'ticket malformed'],
    ['half a byte of MAC', `${token}0`, 'ticket malformed'],
    ['two dots', `${token}.00`, 'ticket malformed'],
    ['no MAC', token.slice(0, -64), 'ticket MAC length 0 is invalid'],
    ['a short MAC', token.slice(0, -2), 'ticket MAC length 31 is invalid'],
    ['a long MAC', `${token}00`, 'ticket MAC length 33 is invalid'],
    ['the MAC of another payload', token.replace('-0100', '-0101'), 'ticket MAC validation failed'],
    ['no payload, and a wrong MAC', `cohesix-ticket-.${mac}`, 'ticket MAC validation failed'],
    ['the key of another role', mintTicket(good, 'worker'), 'ticket MAC validation failed'],
  ];

  it.each(table)('%s', (_name, input, reason) => {
    expect(reasonOf(() => verifyTicket(input, 'bootstrap'))).toBe(reason);
    expect(ask('queen', input)).toBe(reason);
  });

  it.each([16, -65, -1])('any byte but a hexadecimal digit: at %i', (place) => {
    for (let byte = 0; byte < 256; byte++) {
      const changed = Buffer.from(token);
      changed[place < 0 ? changed.length + place : place] = byte;
      const reason = ask('queen', changed.toString('latin1'));
      const isDigit = /[0-9a-fA-F]/.test(String.fromCharCode(byte));
      if (place === -65) expect(reason === 'ticket malformed', `byte ${byte}`).toBe(byte !== 0x2e);
      else expect(reason === 'ticket malformed' || byte === 0x2e, `byte ${byte}`).toBe(!isDigit);
    }
  });

  it('a role without a key', () => {
    expect(ask('worker-lora', token)).toBe('no key');
  });

  it('a payload larger than any claims', () => {
    const huge = `cohesix-ticket-${'00'.repeat(9000)}.${mac}`;
    expect(ask('queen', huge)).toBe('ticket malformed');
  });
});

describe('minting', () => {
  const now_ms = 1_700_000_000_000n;
  const mint = (role: Role, subject?: string): Claims =>
    readTicket(mintFor({ role, secret: 's', now_ms, ...(subject === undefined ? {} : { subject }) }));

  it('gives each role its budget', () => {
    const worker = { ticks: 1000n, ops: 10_000n, ttl_s: 300n, issued_at_ms: now_ms, subject: 'w' };
    expect(mint('queen')).toEqual({ role: 'queen', issued_at_ms: now_ms });
    for (const role of ['worker-heartbeat', 'worker-bus', 'worker-lora'] as const) {
      expect(mint(role, ' w ')).toEqual({ role, ...worker });
    }
    expect(mint('worker-gpu', 'w')).toEqual({
      role: 'worker-gpu',
      ops: 64n,
      ttl_s: 120n,
      issued_at_ms: now_ms,
      subject: 'w',
    });
  });

  it('refuses workers without a subject', () => {
    for (const subject of [undefined, '', '  ']) {
      expect(reasonOf(() => mint('worker-bus', subject))).toBe('worker roles require a subject identity');
    }
  });

  it('can limit a ticket, and leaves out what limits nothing', () => {
    const quotas = { bandwidth_bytes: 0n, cursor_resumes: 0, cursor_advances: 0 };
    const scopes = [{ path: '/log', verb: 'read-write', rate_per_s: 2 }] as const;
    const request = { role: 'queen', secret: 's', now_ms } as const;
    expect(readTicket(mintFor({ ...request, quotas, scopes: [] }))).toEqual({ role: 'queen', issued_at_ms: now_ms });
    expect(readTicket(mintFor({ ...request, scopes, budget: { ttl_s: 5n } }))).toEqual({
      role: 'queen',
      issued_at_ms: now_ms,
      ttl_s: 5n,
      scopes,
    });
  });

  it('refuses what the format cannot hold', () => {
    const claims: Claims = { role: 'queen', issued_at_ms: 0n };
    const scope = { path: '/', verb: 'read', rate_per_s: 0 } as const;
    const table: [Claims, string][] = [
      [{ ...claims, subject: 'ä'.repeat(128) }, 'mount data exceeds allowed length'],
      [{ ...claims, mount: { service: 'x'.repeat(256), at: '' } }, 'mount data exceeds allowed length'],
      [{ ...claims, scopes: Array<typeof scope>(17).fill(scope) }, 'scope count exceeds allowed maximum'],
      [{ ...claims, scopes: [{ ...scope, rate_per_s: 2 ** 32 }] }, 'scope rate 4294967296 does not fit into 32 bits'],
      [{ ...claims, ops: -1n }, 'ops -1 does not fit into 64 bits'],
    ];
    for (const [wrong, reason] of table) expect(reasonOf(() => encodeClaims(wrong))).toBe(reason);
  });
});

describe('secrets from a manifest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ticket-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (text: string | Uint8Array): string => {
    const path = join(folder, 'root_task.toml');
    writeFileSync(path, text);
    return path;
  };

  it('are those of its roles', () => {
    const path = join(ROOT, 'configs/root_task.toml');
    for (const role of ROLES) expect(ticketSecret(path, role)).toBe(SECRETS[role]);
  });

  it('are the first that a role has, whatever else is there', () => {
    const tables = [
      'secret = "x"',
      'role = "queen"\nsecret = 5',
      'role = "queen"\nsecret = "a"',
      'role = "queen"\nsecret = "b"',
    ];
    expect(ticketSecret(file(`unknown = 1\n${tables.map((t) => `[[tickets]]\n${t}\n`).join('')}`), 'queen')).toBe('a');
  });

  it('are missed with a reason', () => {
    const missing = join(folder, 'none.toml');
    expect(reasonOf(() => ticketSecret(missing, 'queen'))).toBe(`failed to read ticket config ${missing}`);
    for (const text of ['[[tickets]', Buffer.from('a = "\xff"', 'latin1')]) {
      const path = file(text);
      expect(reasonOf(() => ticketSecret(path, 'queen'))).toBe(`failed to parse ticket config ${path}`);
    }
    for (const text of [
      '',
      'tickets = 5',
      '[tickets]\nrole = "worker-gpu"',
      '[[tickets]]\nrole = "queen"\nsecret = "s"',
    ]) {
      const path = file(text);
      expect(reasonOf(() => ticketSecret(path, 'worker-gpu'))).toBe(
        `ticket secret for role WorkerGpu not found in ${path}`,
      );
    }
  });
});

describe('before sending', () => {
  const subject = (role: Role, name: string | undefined): string =>
    mintTicket({ role, issued_at_ms: 0n, ...(name === undefined ? {} : { subject: name }) }, 'any');
  const long = 'x'.repeat(225);
  const table: [string, Role, string | undefined, boolean, string][] = [
    ['a worker without a ticket', 'worker-gpu', ' ', true, 'ticket payload is required'],
    ['too long', 'queen', long, false, 'ticket payload exceeds 224 bytes'],
    ['no ticket at all', 'worker-gpu', 'abc', true, 'ticket is not a valid claims token: ticket missing prefix'],
    ['a queen’s, looked into', 'queen', 'abc', true, 'ticket is not a valid claims token: ticket missing prefix'],
    [
      'another role',
      'worker-heartbeat',
      subject('worker-gpu', 'w'),
      true,
      'ticket role WorkerGpu does not match requested role WorkerHeartbeat',
    ],
    ['no subject', 'worker-bus', subject('worker-bus', undefined), true, 'ticket is missing required subject identity'],
    ['a blank subject', 'worker-bus', subject('worker-bus', ' '), true, 'ticket is missing required subject identity'],
  ];

  it.each(table)('%s', (_name, role, ticket, checkQueen, reason) => {
    expect(reasonOf(() => normalizeTicket(role, ticket, { checkQueen }))).toBe(reason);
  });

  it('trims, and passes a queen’s on', () => {
    const token = subject('worker-bus', 'modbus');
    expect(normalizeTicket('worker-bus', ` ${token}\n`, { checkQueen: true })).toBe(token);
    expect(normalizeTicket('queen', undefined, { checkQueen: true })).toBeUndefined();
    expect(normalizeTicket('queen', ' ', { checkQueen: false })).toBeUndefined();
    expect(normalizeTicket('queen', 'abc', { checkQueen: false })).toBe('abc');
    expect(normalizeTicket('queen', 'x'.repeat(224), { checkQueen: false })).toHaveLength(224);
  });

  it('knows roles by their labels', () => {
    expect(ROLES.map((role) => parseRole(role.toUpperCase()))).toEqual(ROLES);
    expect(parseRole('worker')).toBe('worker-heartbeat');
    expect(parseRole('worker', { alias: false })).toBeUndefined();
    expect(parseRole('king')).toBeUndefined();
  });
});

describe('limits of the manifest', () => {
  const scope = { path: '/log', verb: 'read', rate_per_s: 64 } as const;
  const within = (claims: Partial<Claims>): string => {
    expect(ask('queen', mintTicket({ role: 'queen', issued_at_ms: 0n, ...claims }, 'bootstrap'))).toBeTypeOf('object');
    return leaf.exports.withinLimits() !== 0 ? 'within' : leaf.text();
  };
  const path = (value: string): Partial<Claims> => ({ scopes: [{ ...scope, path: value }] });
  const long = `/${'x'.repeat(127)}`;
  const table: [string, Partial<Claims>, string][] = [
    ['8 scopes', { scopes: Array<typeof scope>(8).fill(scope) }, 'within'],
    ['9 scopes', { scopes: Array<typeof scope>(9).fill(scope) }, 'scope count 9 exceeds 8'],
    ['128 bytes', path(long), 'within'],
    ['129 bytes', path(`${long}x`), `scope path '${long}x' exceeds 128 bytes`],
    ['blanks around', path(` ${long} `), 'within'],
    ['an empty path', path(''), 'within'],
    ['the root', path('/'), 'within'],
    ['a relative path', path('log'), "scope path 'log' exceeds 128 bytes"],
    ['a parent', path('/a/../b'), "scope path '/a/../b' exceeds 128 bytes"],
    ['a name that begins with dots', path('/..a/b../...'), 'within'],
    ['65 a second', { scopes: [{ ...scope, rate_per_s: 65 }] }, 'scope rate 65 exceeds 64'],
    [
      'bandwidth',
      { quotas: { bandwidth_bytes: 131_073n, cursor_resumes: 17, cursor_advances: 257 } },
      'bandwidth quota 131073 exceeds 131072',
    ],
    [
      'resumes',
      { quotas: { bandwidth_bytes: 131_072n, cursor_resumes: 17, cursor_advances: 257 } },
      'cursor resume quota 17 exceeds 16',
    ],
    [
      'advances',
      { quotas: { bandwidth_bytes: 131_072n, cursor_resumes: 16, cursor_advances: 257 } },
      'cursor advance quota 257 exceeds 256',
    ],
    ['all quotas', { quotas: { bandwidth_bytes: 131_072n, cursor_resumes: 16, cursor_advances: 256 } }, 'within'],
  ];

  it.each(table)('%s', (_name, claims, answer) => {
    expect(within(claims)).toBe(answer);
  });
});
