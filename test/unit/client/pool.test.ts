// SPDX-License-Identifier: Apache-2.0
/** Sessions and pools of them: tickets that are worth sending, places for control and telemetry, and no place for one more. */
import { describe, expect, it } from 'vitest';
import {
  checkPolicy,
  DEFAULT_POLICY,
  fixedClock,
  mintFor,
  mockNode,
  mockTransport,
  openSession,
  SessionPool,
  type MockNode,
  type Policy,
  type Transport,
} from '../../../host/client/index.ts';

async function setUp(
  policy: Policy = DEFAULT_POLICY,
): Promise<{ node: MockNode; first: Transport; pool: SessionPool; made: Transport[] }> {
  const node = await mockNode({ clock: fixedClock() });
  const first = mockTransport({ node });
  const made: Transport[] = [];
  const connect = (): Transport => {
    const transport = mockTransport({ node });
    made.push(transport);
    return transport;
  };
  return { node, first, pool: new SessionPool(first, { policy, connect }), made };
}

describe('openSession', () => {
  it('counts sessions', async () => {
    const { first } = await setUp();
    const one = await openSession(first, 'queen');
    const two = await openSession(first, 'queen');
    expect(one.answer.ack.line).toBe('OK ATTACH role=queen');
    expect(two.session?.id).toBe((one.session?.id ?? 0) + 1);
  });

  it.each([
    ['none', undefined, 'ticket payload is required'],
    ['nonsense', 'nonsense', 'ticket is not a valid claims token: ticket missing prefix'],
    [
      'that of another role',
      mintFor({ role: 'worker-gpu', secret: 'x', now_ms: 1n, subject: 'worker-1' }),
      'ticket role WorkerGpu does not match requested role WorkerHeartbeat',
    ],
    ['a long one', 'x'.repeat(225), 'ticket payload exceeds 224 bytes'],
  ])('does not send a worker ticket that is no use: %s', async (_name, ticket, message) => {
    const { first } = await setUp();
    await expect(openSession(first, 'worker-heartbeat', ticket)).rejects.toMatchObject({ code: 'usage', message });
  });

  it('a refusal is an answer', async () => {
    const { first } = await setUp();
    const ticket = mintFor({ role: 'worker-heartbeat', secret: 'wrong', now_ms: 1n, subject: 'worker-1' });
    const { session, answer } = await openSession(first, 'worker-heartbeat', ticket);
    expect(session).toBeUndefined();
    expect(answer.ack.line).toBe('ERR ATTACH reason=policy detail=denied');
  });
});

describe('pool', () => {
  it('has a session for every place, the first of which is the given one', async () => {
    const { first, pool, made } = await setUp();
    await first.attach('queen');
    await pool.attach('queen');
    expect(made).toHaveLength(2 - 1 + 4);
    const control = [pool.acquire('control'), pool.acquire('control')];
    expect(control.map(({ transport }) => transport)).toContain(first);
    expect(new Set(control.map(({ transport }) => transport)).size).toBe(2);
    expect(() => pool.acquire('control')).toThrow('session pool exhausted for Control');
    const telemetry = Array.from({ length: 4 }, () => pool.acquire('telemetry'));
    expect(() => pool.acquire('telemetry')).toThrow('session pool exhausted for Telemetry');
    expect(pool.exhausted).toBe(2);
    control[0]?.release();
    control[0]?.release();
    expect(pool.acquire('control').transport).toBe(control[0]?.transport);
    expect(() => pool.acquire('control')).toThrow('exhausted');
    for (const { transport } of telemetry) expect((await transport.ls('/')).ack.ok).toBe(true);
    await pool.close();
    expect(made.every(({ role }) => role === undefined)).toBe(true);
  });

  it('says what it is not', async () => {
    const { first, pool } = await setUp();
    expect(() => pool.acquire('control')).toThrow('session pool is not attached');
    await expect(pool.attach('queen')).rejects.toThrow('session pool is not attached');
    await first.attach('queen');
    await pool.attach('queen');
    await pool.detach();
    expect(() => pool.acquire('control')).toThrow('session pool is not attached');
    await pool.close();
    expect(() => pool.acquire('control')).toThrow('session pool is closed');
    await expect(pool.attach('queen')).rejects.toThrow('session pool is closed');
  });

  it('shares one console connection', async () => {
    const { first, made } = await setUp();
    await first.attach('queen');
    const pool = new SessionPool(first, { policy: DEFAULT_POLICY, connect: () => first, shared: true });
    await pool.attach('queen');
    expect(made).toHaveLength(0);
    expect([pool.acquire('control'), pool.acquire('telemetry')].every(({ transport }) => transport === first)).toBe(
      true,
    );
    expect(await pool.use('telemetry', (transport) => transport.ping())).toMatchObject({ ack: { ok: true } });
  });

  it('is filled wholly or not at all', async () => {
    const policy = checkPolicy({ ...DEFAULT_POLICY, pool: { control_sessions: 2, telemetry_sessions: 200 } });
    const { first, pool, made } = await setUp(policy);
    await first.attach('queen');
    await expect(pool.attach('queen')).rejects.toMatchObject({ code: 'busy' });
    expect(made.length).toBeLessThan(200);
    expect(made.every(({ role }) => role === undefined)).toBe(true);
    expect(() => pool.acquire('control')).toThrow('session pool is not attached');
    expect((await first.ls('/')).ack.ok).toBe(true);
  });

  it('a place that was given back after a new filling is no place', async () => {
    const { first, pool } = await setUp();
    await first.attach('queen');
    await pool.attach('queen');
    const old = pool.acquire('control');
    await pool.attach('queen');
    old.release();
    pool.acquire('control');
    pool.acquire('control');
    expect(() => pool.acquire('control')).toThrow('exhausted');
    await pool.close();
  });
});
