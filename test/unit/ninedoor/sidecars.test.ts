// SPDX-License-Identifier: Apache-2.0
/** Workers of sidecar adapters: who may attach, and what they see. The adapters are those of the regression manifest. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client, eventsOf, type Dialect } from './client.ts';
import { Machine } from './machine.ts';
import { KEYS, mint } from './tickets.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule({ manifest: 'root_task_regression.toml' });
});

const BUS = 3;
const LORA = 4;
const machine = (): Machine => new Machine(module, { keys: KEYS });
const attach = (on: Machine, uname: string, role: number, subject: string, dialect: Dialect = 'compact'): Client =>
  new Client(on, dialect).attach(uname, mint({ role, subject }));

describe('attaching', () => {
  const table: [string, string, number, string, string][] = [
    ['a bus scope', 'worker-bus', BUS, 'modbus-main', 'no refusal'],
    ['a bus scope by name', 'worker-bus:modbus-main', BUS, 'modbus-main', 'no refusal'],
    ['a radio scope', 'worker-lora', LORA, 'lora-main', 'no refusal'],
    ['an unknown bus', 'worker-bus', BUS, 'other', 'NotFound bus scope other not found'],
    ['a radio as a bus', 'worker-bus', BUS, 'lora-main', 'NotFound bus scope lora-main not found'],
    ['a bus as a radio', 'worker-lora', LORA, 'modbus-main', 'NotFound lora scope modbus-main not found'],
    ['part of a name', 'worker-bus', BUS, 'modbus', 'NotFound bus scope modbus not found'],
    ['another subject', 'worker-bus:modbus-main', BUS, 'x', 'Permission ticket subject mismatch'],
    ['another role', 'worker-bus', LORA, 'modbus-main', 'Permission ticket invalid: ticket MAC validation failed'],
    ['no name', 'worker-bus:', BUS, 'modbus-main', 'Invalid worker-bus identity cannot be empty'],
  ];
  it.each(table)('%s', (_name, uname, role, subject, text) => {
    expect(new Client(machine()).refusal((c) => c.attach(uname, mint({ role, subject })))).toBe(text);
  });

  it('needs a ticket, and its gate', () => {
    const on = machine();
    expect(new Client(on).refusal((c) => c.attach('worker-bus:modbus-main'))).toBe(
      'Permission ticket required for worker attach',
    );
    new Client(on).attach().write('/queen/lifecycle/ctl', 'quiesce');
    expect(new Client(on).refusal((c) => c.attach('worker-bus', mint({ role: BUS, subject: 'modbus-main' })))).toBe(
      'Permission EPERM',
    );
  });
});

describe('the view', () => {
  it.each(['compact', 'linux'] as const)('%s: is the common part and the own adapter', (dialect) => {
    const on = machine();
    const bus = attach(on, 'worker-bus', BUS, 'modbus-main', dialect);
    expect(bus.list('/')).toEqual(['bus', 'log', 'proc']);
    expect(bus.list('/proc')).toEqual(['boot']);
    expect(bus.list('/bus')).toEqual(['modbus-main']);
    expect(bus.list('/bus/modbus-main')).toEqual([]);
    expect(bus.read('/log/queen.log')).toContain('boot');
    const radio = attach(on, 'worker-lora', LORA, 'lora-main', dialect);
    expect(radio.list('/')).toEqual(['log', 'lora', 'proc']);
    expect(radio.list('/lora')).toEqual(['lora-main']);
  });

  it('is nothing else, and the log says who tried', () => {
    const on = machine();
    const bus = attach(on, 'worker-bus', BUS, 'modbus-main');
    const boss = new Client(on).attach();
    const denied = (client: Client, path: string): string | undefined => {
      expect(client.refusal((c) => c.walk(path))).toBe(`Permission access to ${path} denied`);
      return eventsOf(boss.read('/log/queen.log')).at(-1);
    };
    expect(denied(bus, '/lora')).toBe('sidecar-deny kind=lora scope=modbus-main');
    expect(denied(bus, '/lora/lora-main')).toBe('sidecar-deny kind=lora scope=modbus-main');
    boss.write('/queen/ctl', '{"spawn":"heartbeat","ticks":1}');
    const worker = attach(on, 'worker-heartbeat', 1, 'worker-1');
    expect(denied(worker, '/bus/modbus-main')).toBe('sidecar-deny kind=bus scope=none');
    for (const path of ['/queen', '/worker', '/shard', '/gpu', '/proc/lifecycle', '/bus/other', '/trace']) {
      expect(denied(bus, path)).toBe('sidecar-deny kind=bus scope=none');
    }
    expect(bus.refusal((c) => c.write('/log/queen.log', 'x'))).toBe('Permission access to /log/queen.log denied');
    expect(boss.list('/bus')).toEqual(['modbus-main']);
  });

  it('ends with the ticket’s budget', () => {
    const on = machine();
    const client = new Client(on).attach('worker-bus', mint({ role: BUS, subject: 'modbus-main', ops: 1n }));
    client.walk('/bus');
    expect(client.refusal((c) => c.walk('/bus'))).toBe('Closed operation budget exhausted');
    expect(client.refusal((c) => c.read('/proc/boot'))).toBe('Closed operation budget exhausted');
  });
});

it('one adapter is not another’s, of the same kind', async () => {
  const constants = {
    SIDECAR_ROLES: '[3, 3]',
    SIDECAR_SCOPES: '["one", "two"]',
    SIDECAR_DEPTHS: '[2, 2]',
    SIDECAR_NAMES: '["bus", "first", "bus", "second"]',
  };
  const on = new Machine(await nineDoorModule({ constants }), { keys: KEYS });
  const [one, two] = [attach(on, 'worker-bus', BUS, 'one'), attach(on, 'worker-bus', BUS, 'two')];
  expect([one.list('/bus'), two.list('/bus')]).toEqual([['first'], ['second']]);
  expect(one.refusal((c) => c.walk('/bus/second'))).toBe('Permission access to /bus/second denied');
  expect(two.refusal((c) => c.walk('/bus/first'))).toBe('Permission access to /bus/first denied');
  expect(new Client(on).attach().list('/bus')).toEqual(['first', 'second']);
}, 300_000);
