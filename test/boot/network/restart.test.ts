// SPDX-License-Identifier: Apache-2.0
/**
 * The net domain dies in the middle of transfers (assembly/net faults when somebody connects to the probe of the self-test) and is started again: clients connect and
 * attach again, and nothing that was acknowledged is lost. NineDoor and the serial console never notice.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, kernels } from '../domains/image.ts';
import { consoleOperations, nineOperations, type Operations } from './actor.ts';
import { Network, networkImage, retry } from './system.ts';

const LIFE_MS = 400_000;
const TEST_MS = 360_000;
/** A first packet that met no net domain is sent again by the emulator after seconds, and the clients wait longer each time. */
const RECOVERY_MS = 90_000;
/** A connection whose node has forgotten it, with nothing under way, says nothing: the client must notice. */
const SILENCE_MS = 3000;
const FAULT_PORT = 31339;
const CLIENTS = 12;
const FAULTS = 3;
/** Records of each client between two faults. */
const RECORDS = 15;
/** Records that a client may be ahead of what is waited for: one that never stopped would fill its segment. */
const AHEAD = 50;

async function inTime(answer: Promise<void>): Promise<void> {
  const end = new AbortController();
  const silence = sleep(SILENCE_MS, undefined, { signal: end.signal }).then(() => {
    throw new Error('no answer');
  });
  try {
    await Promise.race([answer, silence]);
  } finally {
    silence.catch(() => undefined);
    answer.catch(() => undefined);
    end.abort();
  }
}

/** Appends records to a file of its own, and connects again whenever its connection is gone. */
class Writer {
  readonly acknowledged: string[] = [];
  /** Records whose acknowledgement never came: they may be there or not. */
  readonly unknown = new Set<string>();
  connections = 0;
  /** Records that are waited for. */
  goal = 0;
  private client: Operations | undefined;
  private number = 0;

  constructor(
    readonly name: string,
    readonly file: string,
    private readonly enter: () => Promise<Operations>,
  ) {}

  async write(): Promise<void> {
    const record = `${this.name} ${this.number++}`;
    const client = (this.client ??= await this.connect());
    try {
      await inTime(client.append(this.file, record));
      this.acknowledged.push(record);
    } catch {
      // The answer is lost with the connection; a client that must know reads the file.
      this.unknown.add(record);
      client.close();
      this.client = undefined;
    }
  }

  connect(): Promise<Operations> {
    this.connections += 1;
    return retry(`${this.name} connects again`, RECOVERY_MS, this.enter);
  }

  close(): void {
    this.client?.close();
  }
}

describe.each(kernels())('a net domain that dies, $name', (kernel) => {
  let network: Network;
  beforeAll(async () => {
    const directories = { net: 'test/boot/network/assembly/net' };
    const machine = await networkImage(kernel, { directories, withNative: true }, 'boot-network-faults');
    const net = { forwards: [{ guest_port: FAULT_PORT }] };
    network = await Network.start(`network/${kernel.name}/restart`, { ...machine, net, timeout_ms: LIFE_MS });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => network.stop());

  /** Makes the net domain fault; resolves when the supervisor has started it again. */
  async function kill(generation: number): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: network.port(FAULT_PORT) }).on('error', () => undefined);
    await network.serial.expect(`[fault] domain=net generation=${generation} kind=unreachable`);
    socket.destroy();
    await network.serial.expect(`[supervisor] start domain=net generation=${generation + 1}`, RECOVERY_MS);
  }

  /** Each writer gets so many more records acknowledged. */
  async function allWrite(writers: readonly Writer[]): Promise<void> {
    for (const writer of writers) writer.goal = writer.acknowledged.length + RECORDS;
    await retry('all clients write', RECOVERY_MS, async () => {
      await sleep(20);
      const late = writers.filter(({ acknowledged, goal }) => acknowledged.length < goal);
      if (late.length > 0)
        throw new Error(`not yet: ${late.map(({ name, connections }) => `${name} (${connections})`).join(', ')}`);
    });
  }

  it('comes back, and nothing acknowledged is lost', { timeout: TEST_MS }, async () => {
    const segments = await network.segments(CLIENTS);
    const writers = segments.map(({ path }, n) =>
      n % 2 === 0
        ? new Writer(`console-${n}`, path, async () => consoleOperations(await network.queen()))
        : new Writer(`9p-${n}`, path, async () => nineOperations(await network.nine())),
    );
    let running = true;
    const work = writers.map(async (writer) => {
      while (running) await (writer.acknowledged.length < writer.goal + AHEAD ? writer.write() : sleep(10));
    });
    try {
      for (let fault = 1; fault <= FAULTS; fault++) {
        await allWrite(writers);
        await kill(fault);
      }
      await allWrite(writers);
    } finally {
      running = false;
      await Promise.allSettled(work);
      for (const writer of writers) writer.close();
    }
    await Promise.all(work);
    for (const { name, connections } of writers) expect(connections, name).toBeGreaterThan(1);
    const reader = await network.nine();
    for (const { name, file, acknowledged, unknown } of writers) {
      const lines = (await reader.read(file)).toString().trim().split('\n');
      expect(
        lines.filter((line) => !unknown.has(line)),
        name,
      ).toEqual(acknowledged);
    }
    reader.close();
    await network.serialCommand('ping', /OK PING reply=pong/);
    expect(network.machine.text.match(/\[fault\]/g)).toHaveLength(FAULTS);
  });

  it('gives back what the dead connections held', { timeout: TEST_MS }, async () => {
    // As many as there may be at once, all in use: none is taken up by the dead ones.
    const clients = await Promise.all(Array.from({ length: 30 }, () => network.nine()));
    for (const client of clients) expect((await client.read('/proc/lifecycle/state')).toString()).toContain('ONLINE');
    for (const client of clients) client.close();
  });
});
