// SPDX-License-Identifier: Apache-2.0
/** Many sessions at once: verified answers, nobody delays anybody, guessing is slow, and the log is not flushed. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SimConnection } from '../../sim/connections.ts';
import { SimSystem } from '../../sim/system.ts';
import { simulationModules, type Modules } from '../../support/build.ts';

const PROMPT = 'cohesix> ';
const CLIENTS = 32;
const PONG = ['OK PING reply=pong', 'PONG'];

let modules: Modules;
beforeAll(async () => {
  modules = await simulationModules();
});

/** Lets clients send at the same moment. */
function together(system: SimSystem, clients: readonly SimConnection[], lines: (n: number) => string[]): string[][] {
  system.console.consoleDown = true;
  clients.forEach((client, n) => client.send(...lines(n)));
  system.console.consoleDown = false;
  system.console.settle();
  return clients.map((client) => client.take());
}

const COMMANDS = [
  'ping',
  'ls /',
  'ls /shard',
  'cat /proc/boot',
  'ls /nope',
  'help',
  'bi',
  'bogus',
  'cat /proc/lifecycle/state',
];

const pongs = Array.from({ length: 400 }, () => PONG).flat();

describe(`${CLIENTS} clients`, () => {
  it('each gets the answers that it would get alone, in order', () => {
    const alone = new SimSystem(modules).console.net.login('attach queen');
    const expected = new Map(COMMANDS.map((command) => [command, alone.send(command)]));
    const system = new SimSystem(modules);
    const clients = Array.from({ length: CLIENTS }, () => system.console.net.login('attach queen'));
    const script = fc.array(fc.constantFrom(...COMMANDS), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(script, { minLength: CLIENTS, maxLength: CLIENTS }), (scripts) => {
        const answers = together(system, clients, (n) => scripts[n]!);
        scripts.forEach((commands, n) =>
          expect(answers[n]).toEqual(commands.flatMap((command) => expected.get(command)!)),
        );
      }),
      { numRuns: 6, seed: 1 },
    );
  });

  it('what each writes is there, once', () => {
    const system = new SimSystem(modules);
    const clients = Array.from({ length: CLIENTS }, () => system.console.net.login('attach queen'));
    const answers = together(system, clients, (n) =>
      Array.from({ length: 10 }, (_, i) => `echo /log/queen.log client ${n} line ${i}`),
    );
    expect(answers.flat().every((line) => line.startsWith('OK ECHO path=/log/queen.log bytes='))).toBe(true);
    const log = clients[5]!.send('log');
    for (let n = 0; n < CLIENTS; n++) {
      const own = log.filter((line) => line.startsWith(`client ${n} `));
      expect(own).toEqual(Array.from({ length: 10 }, (_, i) => `client ${n} line ${i}`));
    }
  });

  it('one whose answer is long, and one that reads nothing, delay nobody', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const clients = Array.from({ length: CLIENTS }, () => net.login('attach queen'));
    for (let i = 0; i < 300; i++) clients[0]!.send(`echo /log/queen.log line ${i} ${'x'.repeat(100)}`);
    const order: number[] = [];
    clients.forEach((client, n) => {
      const accept = client.accept.bind(client);
      client.accept = (...record) => {
        order.push(n);
        accept(...record);
      };
    });
    clients[1]!.isStalled = true;
    const answers = together(system, clients, (n) => (n <= 1 ? ['log', 'log', 'ping'] : ['ping']));
    expect(answers.slice(2)).toEqual(Array.from({ length: CLIENTS - 2 }, () => PONG));
    expect(answers[0]!.filter((line) => line === 'END')).toHaveLength(2);
    // The ping was answered between the lines of the second.
    expect(answers[0]!.filter((line) => PONG.includes(line))).toEqual(PONG);
    // Everybody was answered before the long answer had come far.
    const far = order.filter((n, at) => n === 0 && at < order.lastIndexOf(CLIENTS - 1)).length;
    expect(far).toBeLessThan(100);
    // The one that read nothing has had what its credit allows, and gets the rest when it reads.
    const rest = clients[1]!.resume();
    const all = [...answers[1]!, ...rest];
    expect(answers[1]!.length).toBeLessThan(200);
    expect(all.filter((line) => line === 'END')).toHaveLength(2);
    expect(all.filter((line) => line.startsWith('line '))).toHaveLength(600);
    expect(all.filter((line) => PONG.includes(line))).toEqual(PONG);
  });

  it('400 lines at once: none is lost', () => {
    const client = new SimSystem(modules).console.net.login();
    expect(client.send(...Array.from({ length: 400 }, () => 'ping'))).toEqual(pongs);
  });

  it('the serial line goes on beside them', () => {
    const system = new SimSystem(modules);
    const clients = Array.from({ length: CLIENTS }, () => system.console.net.login('attach queen'));
    system.console.consoleDown = true;
    for (const client of clients) client.send('ls /shard', 'ls /shard');
    system.console.consoleDown = false;
    const output = system.type('attach queen\rls /log\r');
    expect(output).toContain(`OK LS path=/log entries=1\r\nqueen.log\r\nEND\r\n${PROMPT}`);
    expect(clients.map((client) => client.take().length)).toEqual(Array.from({ length: CLIENTS }, () => 2 * 258));
  });

  it('more sessions than NineDoor has are refused, and the others go on', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const clients = Array.from({ length: 40 }, () => net.login()); // network.max_connections
    const answers = together(system, clients, () => ['attach queen', 'ping']);
    for (const answer of answers) {
      expect(answer[0]).toMatch(/^(OK ATTACH role=queen|ERR ATTACH reason=busy detail=sessions-full)$/);
      expect(answer.slice(1)).toEqual(PONG);
    }
    expect(answers.filter(([ack]) => ack === 'OK ATTACH role=queen').length).toBeGreaterThanOrEqual(CLIENTS);
  });
});

describe('guessing', () => {
  const wrong = (system: SimSystem, address: string): SimConnection => {
    const client = system.console.net.open({ address });
    client.received.push(...client.send('AUTH changeMe'));
    return client;
  };

  it('a token: the refusals of an address come later and later, at most a second', () => {
    const system = new SimSystem(modules);
    for (let i = 0; i < 8; i++) expect(wrong(system, '10.0.0.1').take()).toEqual(['ERR AUTH reason=invalid-token']);
    for (const pause of [250n, 500n, 1000n, 1000n]) {
      const client = wrong(system, '10.0.0.1');
      system.advance(pause - 10n);
      expect(client.take()).toEqual([]);
      expect(client.ended).toBeUndefined();
      system.advance(10n);
      expect(client.take()).toEqual(['ERR AUTH reason=invalid-token']);
      expect(client.ended).toBe(0);
    }
    // Others, and whoever knows the token, do not wait.
    expect(wrong(system, '10.0.0.2').take()).toEqual(['ERR AUTH reason=invalid-token']);
    expect(system.console.net.login('attach queen', { address: '10.0.0.1' }).send('ping')).toEqual(PONG);
    // A minute without a failure, and all is forgotten.
    system.advance(61_000n);
    expect(wrong(system, '10.0.0.1').take()).toEqual(['ERR AUTH reason=invalid-token']);
  });

  it('a ticket, with a connection for each attempt', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const attempt = (address: string): [SimConnection, string[]] => {
      const client = net.login(undefined, { address });
      return [client, client.send('attach queen cohesix-ticket-00.00')];
    };
    for (let i = 0; i < 8; i++) expect(attempt('10.0.0.1')[1]).toEqual(['ERR ATTACH reason=policy detail=denied']);
    const [slow, nothing] = attempt('10.0.0.1');
    expect(nothing).toEqual([]);
    // What it sends meanwhile waits as well.
    expect(slow.send('ping')).toEqual([]);
    system.advance(250n);
    expect(slow.take()).toEqual(['ERR ATTACH reason=policy detail=denied', ...PONG]);
    expect(attempt('10.0.0.2')[1]).toEqual(['ERR ATTACH reason=policy detail=denied']);
    expect(net.login(undefined, { address: '10.0.0.1' }).send('attach queen')).toEqual(['OK ATTACH role=queen']);
  });

  it('in one session: throttled, then blocked, as on the serial line', () => {
    const system = new SimSystem(modules);
    const client = system.console.net.login();
    const refused = 'ERR ATTACH reason=';
    expect(client.send('attach queen x', 'attach queen x')).toEqual([
      `${refused}policy detail=denied`,
      `${refused}quota detail=throttled delay_ms=250`,
    ]);
    system.advance(300n);
    expect(client.send('attach queen x')).toEqual([`${refused}policy detail=denied`]);
    system.advance(600n);
    expect(client.send('attach queen x')).toEqual([`${refused}quota detail=rate-limited delay_ms=90000`]);
    // Another session is not concerned, and a valid attach clears it.
    expect(system.console.net.login().send('attach queen')).toEqual(['OK ATTACH role=queen']);
    system.advance(2_100n);
    expect(client.send('attach queen')).toEqual(['OK ATTACH role=queen']);
  });

  it('a storm is counted, does not flush the log, and leaves nothing behind', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const queen = net.login('attach queen', { address: '10.9.9.9' });
    const before = Number(/\d+/.exec(queen.send('cat /proc/pressure/policy').at(-2))![0]);
    for (let i = 0; i < 1000; i++) {
      const client = wrong(system, `10.${i >> 8}.${i & 255}.1`);
      expect(client.take()).toEqual(['ERR AUTH reason=invalid-token']);
    }
    const after = Number(/\d+/.exec(queen.send('cat /proc/pressure/policy').at(-2))![0]);
    expect(after - before).toBe(1000);
    const log = queen.send('log');
    expect(log).toContain('Cohesix boot: root-task online');
    expect(log.filter((line) => line.startsWith('[net-console]')).length).toBeLessThanOrEqual(65);
    system.advance(1_000n);
    wrong(system, '10.200.0.1');
    expect(queen.send('log').join('\n')).toMatch(/^\[net-console\] lines kept back: \d{4}$/m);
    expect(net.connections.size).toBe(1);
    expect(queen.send('ping')).toEqual(PONG);
  });

  it('neither tokens nor tickets are in the log', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const secret = 's3cret-token';
    net.open().send(`AUTH ${secret}`);
    const client = net.login();
    client.send(`attach queen cohesix-ticket-${secret}`, `attach ${secret} x`, `AUTH ${secret}`);
    system.advance(2_000n);
    expect(net.login('attach queen').send('log').join('\n')).not.toContain(secret);
  });
});

describe('anything at all', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'AUTH changeme',
      'AUTH x',
      'attach queen',
      ...COMMANDS,
      'quit',
      'log',
      'tail /log/queen.log',
      'caps',
    ),
    fc.uint8Array({ maxLength: 260 }),
  );
  const record = fc.record({
    connection: fc.oneof({ weight: 4, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: fc.nat(0xffff) }),
    generation: fc.nat(2),
    kind: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }) }, { weight: 1, arbitrary: fc.nat(255) }),
    detail: fc.nat(5),
    data: fc.oneof(
      line,
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
    ),
    isBroken: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
  });

  it('from net: no trap, no silence on the serial line, and clients are served afterwards', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), (records) => {
        const system = new SimSystem(modules);
        const { net } = system.console;
        net.accepts = 'anything';
        for (const { connection, generation, kind, detail, data, isBroken } of records) {
          const bytes = Buffer.from(data as Uint8Array);
          const header = Buffer.alloc(12);
          header.writeUInt16LE(connection, 0);
          header.writeUInt16LE(generation, 2);
          header[4] = kind;
          header[5] = detail;
          header.writeUInt32LE(isBroken ? 0xffff_fff0 : bytes.length, 8);
          net.write(Buffer.concat([header, bytes]));
          net.run();
        }
        expect(system.type('\rping\r')).toContain('PONG');
        net.restart();
        net.accepts = 'rules';
        expect(net.login('attach queen').send('ls /log')).toEqual(['OK LS path=/log entries=1', 'queen.log', 'END']);
      }),
      { numRuns: Number(process.env['CONSOLE_FUZZ_RUNS'] ?? 40), seed: 7 },
    );
  });
});
