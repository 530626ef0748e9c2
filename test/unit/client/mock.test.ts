// SPDX-License-Identifier: Apache-2.0
/** The mock: NineDoor's own wasm in process, its clock, its workers, its GPUs, and where its parts come from. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placeMockParts } from '../../../host/client/mock/build.ts';
import { partsIn } from '../../../host/client/mock/parts.ts';
import { fixedClock, mintFor, mockNode, mockTransport } from '../../../host/client/index.ts';

describe('mock', () => {
  it('shows the heartbeats of what it spawned, as long as it may live', async () => {
    const transport = mockTransport({ clock: fixedClock() });
    const node = await transport.node();
    await transport.attach('queen');
    expect((await transport.spawn('{"spawn":"heartbeat","ticks":3}')).ack.ok).toBe(true);
    expect((await transport.tail('/worker/worker-1/telemetry')).lines).toEqual([]);
    await node.advance(2000);
    expect((await transport.tail('/worker/worker-1/telemetry')).lines).toEqual(
      [1, 2].map((tick): unknown => expect.stringMatching(`^{"tick":${tick},"ts_ms":\\d+}$`)),
    );
    await node.advance(3000);
    expect((await transport.ls('/worker')).lines).toEqual([]);
    expect((await transport.log()).lines).toContain('revoked worker-1: tick budget exhausted');
    await transport.close();
  });

  it('ends workers at their time', async () => {
    const transport = mockTransport({ clock: fixedClock() });
    await transport.attach('queen');
    await transport.spawn('{"spawn":"heartbeat","ticks":100,"budget":{"ttl_s":2}}');
    await (await transport.node()).advance(2100);
    expect((await transport.ls('/worker')).lines).toEqual([]);
    expect((await transport.log()).lines).toContain('revoked worker-1: ticket ttl expired');
    await transport.close();
  });

  it('a killed worker is silent', async () => {
    const transport = mockTransport({ clock: fixedClock() });
    const node = await transport.node();
    await transport.attach('queen');
    await transport.spawn('{"spawn":"heartbeat","ticks":100}');
    await node.advance(1000);
    expect((await transport.kill('worker-1')).ack.line).toBe('OK KILL id=worker-1');
    await node.advance(5000);
    expect((await transport.ls('/worker')).lines).toEqual([]);
    await transport.close();
  });

  it('beats by itself with the real clock', async () => {
    const transport = mockTransport({ heartbeat_ms: 5 });
    await transport.attach('queen');
    await transport.spawn('{"spawn":"heartbeat","ticks":100}');
    await expect.poll(async () => (await transport.tail('/worker/worker-1/telemetry')).lines.length).toBeGreaterThan(2);
    await transport.close();
  });

  it('takes the tickets of the development profile', async () => {
    const transport = mockTransport({ clock: fixedClock(1_700_000_000) });
    await transport.attach('queen');
    await transport.spawn('{"spawn":"heartbeat","ticks":100}');
    const now_ms = 1_700_000_000_000n;
    const ticket = mintFor({ role: 'worker-heartbeat', secret: 'worker', subject: 'worker-1', now_ms });
    expect((await transport.attach('worker-heartbeat', ticket)).ack.line).toBe('OK ATTACH role=worker-heartbeat');
    expect((await transport.ls('/')).lines).toEqual(['log', 'proc', 'shard', 'worker']);
    expect((await transport.spawn('{}')).ack.line).toBe('ERR SPAWN reason=policy detail=unauthenticated');
    expect((await transport.echo('/queen/ctl', '{"kill":"worker-1"}')).ack.line).toBe(
      'ERR ECHO reason=policy detail=denied path=/queen/ctl error=EPERM',
    );
    await transport.close();
  });

  it('has GPUs when asked for', async () => {
    const bare = mockTransport({ clock: fixedClock() });
    await bare.attach('queen');
    expect((await bare.ls('/gpu')).ack.ok).toBe(false);
    await bare.close();
    const transport = mockTransport({ clock: fixedClock(), seedGpu: true });
    await transport.attach('queen');
    expect((await transport.ls('/gpu')).lines).toEqual(expect.arrayContaining(['GPU-0', 'GPU-1']));
    expect(JSON.parse((await transport.cat('/gpu/GPU-0/info')).lines.join('\n'))).toMatchObject({
      name: 'Mock 4090',
      memory_mb: 24576,
    });
    const lease = '{"gpu_id":"GPU-0","mem_mb":4096,"streams":2,"ttl_s":120,"priority":0}';
    expect((await transport.echo('/queen/ctl', `{"spawn":"gpu","lease":${lease}}`)).ack.ok).toBe(true);
    expect((await transport.echo('/queen/ctl', `{"spawn":"gpu","lease":${lease}}`)).ack.ok).toBe(false);
    await transport.close();
  });

  it('serves several transports at once', async () => {
    const node = await mockNode({ clock: fixedClock() });
    const [one, two] = [mockTransport({ node }), mockTransport({ node })];
    await one.attach('queen');
    await two.attach('queen');
    await one.echo('/log/queen.log', 'from one');
    expect((await two.tail('/log/queen.log')).lines.at(-1)).toBe('from one');
    await one.close();
    expect((await two.ls('/')).ack.ok).toBe(true);
    await two.close();
  });

  it('says that it has no room', async () => {
    const node = await mockNode({ clock: fixedClock() });
    const all = Array.from({ length: 100 }, () => mockTransport({ node }));
    const refused = await Promise.all(
      all.map((one) =>
        one.attach('queen').then(
          () => '',
          (error: Error) => error.message,
        ),
      ),
    );
    expect(refused.filter((text) => text !== '')).toContain('the mock has no room for another session');
    for (const one of all) await one.close();
  });

  it('acknowledges as older mocks did, when asked for', async () => {
    const transport = mockTransport({ clock: fixedClock(), acks: 'plain' });
    await transport.attach('queen');
    const lines = [
      await transport.ls('/proc'),
      await transport.cat('/proc/boot'),
      await transport.tail('/log/queen.log'),
      await transport.echo('/log/queen.log', 'hello'),
      await transport.echo('/queen/ctl', '{"spawn":"heartbeat","ticks":9}'),
      await transport.echo('/queen/ctl', '{"kill":"worker-1"}'),
      await transport.cat('/nope'),
    ].map(({ ack }) => ack.line);
    expect(lines).toEqual([
      'OK LS path=/proc',
      'OK CAT path=/proc/boot',
      'OK TAIL path=/log/queen.log',
      'OK ECHO path=/log/queen.log bytes=5',
      'OK SPAWN path=/queen/ctl bytes=31',
      'OK KILL path=/queen/ctl bytes=19',
      'ERR CAT path=/nope reason=NotFound: path /nope not found',
    ]);
    await transport.close();
  });

  it('counts short writes', async () => {
    const transport = mockTransport({ clock: fixedClock() });
    await transport.attach('queen');
    transport.injectShortWrites?.(1, 8);
    expect((await transport.echo('/log/queen.log', 'whole')).ack.ok).toBe(true);
    expect((await transport.tail('/log/queen.log')).lines.filter((line) => line === 'whole')).toHaveLength(1);
    expect((await transport.cat('/proc/9p/short_writes')).lines.join()).toMatch(/1/);
    await transport.close();
  });

  it('finds its parts beside a bundled tool', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mock-'));
    expect(partsIn(folder)).toBeUndefined();
    await placeMockParts(folder);
    const parts = partsIn(folder);
    const transport = mockTransport({ parts, clock: fixedClock() });
    expect((await transport.attach('queen')).ack.ok).toBe(true);
    expect(parts?.keys.size).toBe(5);
    await transport.close();
    rmSync(folder, { recursive: true });
  });
});
