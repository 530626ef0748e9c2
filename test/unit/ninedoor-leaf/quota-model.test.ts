// SPDX-License-Identifier: Apache-2.0
/** Scopes, rates, bandwidth and cursors of the whole server against a model of their rules, over random histories. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { mintTicket, ticketDigest, ticketKey, VERBS, type Claims, type Verb } from '../../../host/client/ticket.ts';
import { nineDoorModule } from '../ninedoor/build.ts';
import { Client, eventsOf } from '../ninedoor/client.ts';
import { APPEND_OFFSET } from '../ninedoor/frames.ts';
import { Machine } from '../ninedoor/machine.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const TELEMETRY = '/worker/worker-1/telemetry';
const FILES = ['/log/queen.log', '/proc/lifecycle/state', '/queen/ctl', TELEMETRY] as const;
const SCOPES = ['', '/', '/log', '/lo', '/proc', '/proc/lifecycle', '/queen/ctl', '/queen', '/worker', TELEMETRY];
const COMMAND = '{"budget":{}}';
// The manifest's, where a ticket has none of its own.

const isWithin = (path: string, scope: string): boolean =>
  scope === '' || scope === '/' || path === scope || path.startsWith(`${scope}/`);

/** What a ticket has used, and what it allows next. */
class Model {
  private readonly windows = new Map<number, { start: bigint; count: number }>();
  private bytes = 0n;
  private resumes = 0;
  private advances = 0;
  private readonly ends = new Map<string, number>();
  private readonly claims: Claims;

  constructor(claims: Claims) {
    this.claims = claims;
  }

  mayWalk(path: string): boolean {
    const scopes = this.claims.scopes ?? [];
    return scopes.length === 0 || scopes.some((scope) => isWithin(path, scope.path) || isWithin(scope.path, path));
  }

  private decides(path: string, verb: Verb): number {
    let best = -1;
    const length = (at: number): number => this.claims.scopes?.[at]?.path.length ?? 0;
    this.claims.scopes?.forEach((scope, at) => {
      if (scope.verb !== verb && scope.verb !== 'read-write') return;
      if (isWithin(path, scope.path) && (best < 0 || length(at) > length(best))) best = at;
    });
    return best;
  }

  private takesRate(at: number, now: bigint): boolean {
    const rate = this.claims.scopes?.[at]?.rate_per_s ?? 0;
    if (rate === 0) return true;
    let window = this.windows.get(at);
    if (window === undefined || now - window.start >= 1000n) {
      window = { start: now, count: 0 };
      this.windows.set(at, window);
    }
    if (window.count >= rate) return false;
    window.count++;
    return true;
  }

  /** The tail of the log line of a refusal, or undefined. */
  refusal(path: string, verb: Verb, wanted: number, now: bigint): string | undefined {
    if ((this.claims.scopes ?? []).length > 0) {
      const at = this.decides(path, verb);
      if (at < 0) return `reason=scope|verb=${verb}`;
      const rate = this.claims.scopes?.[at]?.rate_per_s;
      if (!this.takesRate(at, now)) return `reason=rate|verb=${verb} limit_per_s=${rate} window_ms=1000`;
    }
    const limit = this.claims.quotas?.bandwidth_bytes ?? 0n;
    if (limit === 0n) return undefined;
    const left = limit - this.bytes > 0n ? limit - this.bytes : 0n;
    if (BigInt(wanted) <= left) return undefined;
    return `reason=bandwidth|verb=${verb} limit_bytes=${limit} remaining_bytes=${left} requested_bytes=${wanted}`;
  }

  cursorRefusal(path: string, offset: number): string | undefined {
    const advances = this.claims.quotas?.cursor_advances || Infinity;
    const resumes = this.claims.quotas?.cursor_resumes || Infinity;
    if (this.advances >= advances) return `reason=cursor-advance|verb=read limit=${advances}`;
    if (offset >= (this.ends.get(path) ?? 0) || this.resumes < resumes) return undefined;
    return `reason=cursor-resume|verb=read limit=${resumes}`;
  }

  moved(bytes: number): void {
    this.bytes += BigInt(bytes);
  }

  readTelemetry(path: string, offset: number, bytes: number): void {
    this.advances++;
    if (offset < (this.ends.get(path) ?? 0)) this.resumes++;
    this.ends.set(path, offset + bytes);
  }
}

type Step =
  | { kind: 'read'; file: number; offset: number; count: number }
  | { kind: 'write'; file: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'attach' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      file: fc.nat({ max: 3 }),
      offset: fc.nat({ max: 5 }),
      count: fc.constantFrom(0, 1, 3, 12, 40),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), file: fc.constantFrom(2, 3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 400, 999, 1000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('attach' as const) }) },
);
const scope = fc.record({
  path: fc.constantFrom(...SCOPES),
  verb: fc.constantFrom(...VERBS),
  rate_per_s: fc.constantFrom(0, 0, 1, 2, 3),
});
const claimsOf = fc.record({
  role: fc.constant('queen' as const),
  issued_at_ms: fc.constant(0n),
  scopes: fc.array(scope, { maxLength: 4 }),
  quotas: fc.record({
    bandwidth_bytes: fc.constantFrom(0n, 20n, 60n, 200n),
    cursor_resumes: fc.constantFrom(0, 1, 2),
    cursor_advances: fc.constantFrom(0, 1, 3, 6),
  }),
});

/** One history: a ticket, its sessions, and the model beside them. */
class History {
  readonly machine = new Machine(module, { keys: new Map([[0, ticketKey('bootstrap')]]) });
  private readonly free = new Client(this.machine).attach();
  private readonly token: string;
  private readonly model: Model;
  private client: Client;
  private fids = new Map<string, number>();
  private size = 6;
  readonly seen = new Set<string>();

  constructor(claims: Claims) {
    this.free.write('/queen/ctl', '{"spawn":"heartbeat","ticks":100}');
    this.free.write(TELEMETRY, 'abcdef');
    this.token = mintTicket(claims, 'bootstrap');
    this.model = new Model(claims);
    this.client = this.attach();
  }

  private attach(): Client {
    this.client = new Client(this.machine).attach('queen', this.token);
    this.fids = new Map();
    for (const path of FILES) {
      const mode = path === TELEMETRY || path === '/queen/ctl' ? 0x82 : 0;
      const refusal = this.client.refusal((c) => this.fids.set(path, c.open(path, mode)));
      expect(refusal.startsWith('Permission access to /') ? 'denied' : refusal, path).toBe(
        this.model.mayWalk(path) ? 'no refusal' : 'denied',
      );
    }
    return this.client;
  }

  private check(path: string, refused: string, expected: string | undefined): boolean {
    if (expected === undefined) {
      expect(refused).toBe('no refusal');
      return true;
    }
    const [reason = '', tail = ''] = expected.split('|');
    this.seen.add(reason);
    expect(refused).toBe(reason === 'reason=scope' ? 'Permission EPERM' : 'TooBig ELIMIT');
    expect(eventsOf(this.free.read('/log/queen.log')).at(-1)).toBe(
      `ui-ticket outcome=deny ${reason} role=queen ticket=${ticketDigest(this.token)} path=${path} ${tail}`,
    );
    return false;
  }

  private read(path: string, fid: number, offset: number, count: number): void {
    const isTelemetry = path === TELEMETRY;
    let expected = this.model.refusal(path, 'read', count, this.machine.now_ms);
    if (expected === undefined && isTelemetry) expected = this.model.cursorRefusal(path, offset);
    let bytes = 0;
    const refused = this.client.refusal((c) => (bytes = c.readAt(fid, BigInt(offset), count).length));
    if (!this.check(path, refused, expected)) return;
    this.model.moved(bytes);
    if (isTelemetry) this.model.readTelemetry(path, Math.min(offset, this.size), bytes);
  }

  private write(path: string, fid: number): void {
    const data = path === TELEMETRY ? 'xyz' : COMMAND;
    const expected = this.model.refusal(path, 'write', data.length, this.machine.now_ms);
    const refused = this.client.refusal((c) => c.writeAt(fid, APPEND_OFFSET, data));
    if (!this.check(path, refused, expected)) return;
    this.model.moved(data.length);
    if (path === TELEMETRY) this.size += data.length;
    expect(this.free.getattr(TELEMETRY).size).toBe(BigInt(this.size));
  }

  step(step: Step): void {
    if (step.kind === 'wait') this.machine.now_ms += BigInt(step.ms);
    else if (step.kind === 'attach') {
      this.machine.close(this.client.session);
      this.attach();
    } else {
      const path = FILES[step.file] ?? '/log/queen.log';
      const fid = this.fids.get(path);
      if (fid === undefined) return;
      if (step.kind === 'read') this.read(path, fid, step.offset, step.count);
      else this.write(path, fid);
    }
  }
}

it('decides as the model does, and says why (property)', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(claimsOf, fc.array(steps, { minLength: 5, maxLength: 40, size: 'max' }), (claims, history) => {
      const run = new History(claims);
      history.forEach((step) => run.step(step));
      run.seen.forEach((reason) => seen.add(reason));
    }),
    { numRuns: 250, seed: 89 },
  );
  expect([...seen].sort()).toEqual([
    'reason=bandwidth',
    'reason=cursor-advance',
    'reason=cursor-resume',
    'reason=rate',
    'reason=scope',
  ]);
});
