// SPDX-License-Identifier: Apache-2.0
/**
 * The client library against the running system: the same session over the TCP console and over 9P in each dialect, on either
 * port, then connections that are cut in the middle of commands.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Conversation, logDirectory, Machine } from 'qemu-wasm-runner';
import {
  DEFAULT_POLICY,
  mintFor,
  nineTransport,
  tcpTransport,
  type Answer,
  type Dialect,
  type Policy,
  type Transport,
} from '../../../host/client/index.ts';
import { ticketSecret } from '../../../host/client/ticket-config.ts';
import { MANIFEST, testImage } from '../../support/build.ts';
import { serve, type Served } from '../../unit/client/servers.ts';

const CONSOLE_PORT = 31337;
const NINE_PORT = 564;
const BUILD_TIMEOUT_MS = 400_000;
const RUN_TIMEOUT_MS = 90_000;
/** The emulated machine shares its host with others. */
const PATIENT: Policy = { ...DEFAULT_POLICY, retry: { ...DEFAULT_POLICY.retry, timeout_ms: 20_000, backoff_ms: 50 } };

let machine: Machine;
beforeAll(async () => {
  console.log('client library: building the image, booting it with ports 31337 and 564');
  const { output } = await testImage('system/devkernel');
  machine = await Machine.start({
    image: output,
    net: { forwards: [{ guest_port: CONSOLE_PORT }, { guest_port: NINE_PORT }] },
    transcript: `${logDirectory('client')}/serial.log`,
    timeout_ms: 600_000,
  });
  await new Conversation(machine).expect('cohesix> ', RUN_TIMEOUT_MS);
}, BUILD_TIMEOUT_MS + RUN_TIMEOUT_MS);
afterAll(() => machine.stop());

function portOf(guest_port: number): number {
  const forward = machine.forwards.find((one) => one.guest_port === guest_port);
  if (forward === undefined) throw new Error(`port ${guest_port} is not forwarded`);
  return forward.host_port;
}

const ticket = (): string =>
  mintFor({ role: 'queen', secret: ticketSecret(MANIFEST, 'queen'), now_ms: BigInt(Date.now()) });

const nine = (dialect: Dialect, port = NINE_PORT): Transport =>
  nineTransport({ port: portOf(port), dialect, policy: PATIENT });

const WAYS: readonly { name: string; open: () => Transport; hasWords: boolean }[] = [
  { name: 'tcp', open: () => tcpTransport({ port: portOf(CONSOLE_PORT), policy: PATIENT }), hasWords: true },
  { name: '9p', open: () => nine('cohesix'), hasWords: true },
  { name: '9p in 9P2000', open: () => nine('9P2000'), hasWords: true },
  { name: '9p in 9P2000.L', open: () => nine('9P2000.L'), hasWords: false },
  { name: "9P2000 on the console's port", open: () => nine('9P2000', CONSOLE_PORT), hasWords: true },
  { name: "9P2000.L on the console's port", open: () => nine('9P2000.L', CONSOLE_PORT), hasWords: false },
];

/** A worker's number goes on with each session. */
function generic({ ack }: Answer): string {
  return ack.line.replace(/worker-\d+/g, 'worker-N').replace(/entries=\d+$/, 'entries=N');
}

async function session(transport: Transport): Promise<string[]> {
  const lines: string[] = [];
  const note = async (job: Promise<Answer>): Promise<Answer> => {
    const answer = await job;
    lines.push(generic(answer));
    return answer;
  };
  await note(transport.attach('queen', ticket()));
  await note(transport.ls('/'));
  await note(transport.ls('/nope'));
  await note(transport.cat('/proc/lifecycle/state'));
  await note(transport.spawn('{"spawn":"heartbeat","ticks":1000,"budget":{"ttl_s":60}}'));
  const workers = await note(transport.ls('/worker'));
  const worker = workers.lines.at(-1) ?? '';
  const telemetry = `/worker/${worker}/telemetry`;
  await expect
    .poll(async () => (await transport.tail(telemetry)).lines.length, { timeout: RUN_TIMEOUT_MS, interval: 200 })
    .toBeGreaterThan(1);
  await note(transport.tail(telemetry));
  await note(transport.echo('/log/queen.log', 'from the client library'));
  await note(transport.echo('/queen/ctl', '{"spawn":"heartbeat"}'));
  await note(transport.echo('/proc/boot', 'x'));
  await note(transport.kill(worker));
  await note(transport.ping());
  await note(transport.quit());
  return lines;
}

const EXPECTED = [
  'OK ATTACH role=queen',
  'OK LS path=/ entries=N',
  'ERR LS reason=policy detail=invalid-path path=/nope error=invalid path',
  'OK CAT path=/proc/lifecycle/state data=state=ONLINE',
  'OK SPAWN payload={"spawn":"heartbeat","ticks":1000,"budget":{"ttl_s":60}}',
  'OK LS path=/worker entries=N',
  'OK TAIL path=/worker/worker-N/telemetry',
  'OK ECHO path=/log/queen.log bytes=23',
  'ERR ECHO reason=policy detail=invalid-payload path=/queen/ctl error=invalid payload: heartbeat spawn requires ticks',
  'ERR ECHO reason=policy detail=denied path=/proc/boot error=EPERM',
  'OK KILL id=worker-N',
  'OK PING reply=pong',
  'OK QUIT',
];

describe('the running system', () => {
  it.each(WAYS)('gives the same answers over $name', { timeout: RUN_TIMEOUT_MS }, async ({ name, open, hasWords }) => {
    console.log(`client library: a session over ${name}`);
    const transport = open();
    const lines = await session(transport);
    await transport.close();
    const known = (line: string): string => (hasWords ? line : line.replace(/ error=.*/, ''));
    expect(lines.map(known)).toEqual(EXPECTED.map(known));
  });

  it('shows the text of console verbs', { timeout: RUN_TIMEOUT_MS }, async () => {
    const transport = tcpTransport({ port: portOf(CONSOLE_PORT), policy: PATIENT });
    expect((await transport.command('help')).lines[0]).toBe('Commands:');
    expect((await transport.command('netstats')).lines).toHaveLength(5);
    expect((await transport.command('test')).ack.line).toBe('ERR TEST reason=policy detail=host-only');
    await transport.close();
  });

  it('says that the token is wrong', { timeout: RUN_TIMEOUT_MS }, async () => {
    const transport = tcpTransport({ port: portOf(CONSOLE_PORT), authToken: 'wrong', policy: PATIENT });
    await expect(transport.connect()).rejects.toMatchObject({ code: 'auth', message: /^authentication failed: / });
  });

  it('carries bytes that are no text', { timeout: RUN_TIMEOUT_MS }, async () => {
    const transport = nine('cohesix');
    await transport.attach('queen', ticket());
    const made = await transport.echo('/queen/telemetry/live/ctl', '{"new":"segment","mime":"text/plain"}');
    const segment = `/queen/telemetry/live/seg/${made.ack.fields.get('seg_id')}`;
    const record = Buffer.from([...Array(4096).keys()].map((i) => i & 255));
    expect((await transport.write(segment, record)).ack.ok).toBe(true);
    const parts: Uint8Array[] = [];
    for await (const part of transport.read(segment)) parts.push(part);
    expect(Buffer.concat(parts)).toEqual(record);
    const console_ = tcpTransport({ port: portOf(CONSOLE_PORT), policy: PATIENT });
    await console_.attach('queen', ticket());
    const shown: Uint8Array[] = [];
    for await (const part of console_.read(segment)) shown.push(part);
    expect(Buffer.concat(shown)).toEqual(record);
    await console_.close();
    await transport.close();
  });
});

/** Passes connections on, until cut. */
function proxy(port: number): Promise<Served> {
  return serve((socket) => {
    const onward = connect({ host: '127.0.0.1', port });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
    socket.pipe(onward);
    onward.pipe(socket);
  });
}

describe.each([
  ['tcp', (port: number): Transport => tcpTransport({ port, policy: PATIENT }), CONSOLE_PORT],
  ['9p', (port: number): Transport => nineTransport({ port, policy: PATIENT }), NINE_PORT],
] as const)('connections of %s that are cut', (_name, open, guest_port) => {
  it('come back with their session', { timeout: RUN_TIMEOUT_MS }, async () => {
    const between = await proxy(portOf(guest_port));
    const transport = open(between.port);
    await transport.attach('queen', ticket());
    for (let round = 0; round < 5; round++) {
      const job = transport.cat('/proc/boot');
      between.cut();
      expect((await job).lines[0]).toMatch(/^Cohesix boot/);
    }
    expect(transport.role).toBe('queen');
    await transport.close();
    await between.close();
  });
});
