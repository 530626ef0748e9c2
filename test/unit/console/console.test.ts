// SPDX-License-Identifier: Apache-2.0
/** The console and uart domains' wasm (the modules that ship), joined by their rings: verbs, grammar, line editing. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { SimConsole } from '../../sim/console.ts';
import { SimRootTask } from '../../sim/roottask.ts';
import { simulationModules, type Modules } from '../../support/build.ts';

let modules: Modules;
const PROMPT = 'cohesix> ';

beforeAll(async () => {
  modules = await simulationModules();
});

function booted(): SimConsole {
  const machine = new SimConsole(modules);
  machine.start();
  return machine;
}

/** The console's supervisor is a root task that has booted. */
function withRootTask(): { machine: SimConsole; root: SimRootTask } {
  const root = new SimRootTask(modules.roottask);
  root.start();
  const console = modules.layout.domains.find(({ name }) => name === 'console');
  const machine = new SimConsole(modules, ({ label, words }) => root.call(console?.firstInstance ?? 0, label, words));
  machine.start();
  return { machine, root };
}

/** The answer to a line: what follows its echo, without the prompt. */
function answer(machine: SimConsole, line: string): string[] {
  const output = machine.type(`${line}\r`);
  expect(output.startsWith(`${line}\r\n`)).toBe(true);
  expect(output.endsWith(PROMPT)).toBe(true);
  return output
    .slice(line.length + 2, -PROMPT.length)
    .split('\r\n')
    .slice(0, -1);
}

it('greets, lists the commands and prompts', () => {
  const lines = new SimConsole(modules).start().split('\r\n');
  expect(lines[0]).toBe("[Cohesix] Root console ready (type 'help' for commands)");
  expect(lines[1]).toBe('Cohesix console ready');
  expect(lines[2]).toBe('Commands:');
  expect(lines.at(-1)).toBe(PROMPT);
});

describe('verbs', () => {
  const refused = (verb: string, detail: string): string[] => [`ERR ${verb} reason=policy detail=${detail}`];
  const table: [string, string[]][] = [
    ['ping', ['PONG', 'OK PING reply=pong']],
    ['  PiNg   extra', ['PONG', 'OK PING reply=pong']],
    ['test', refused('TEST', 'host-only')],
    ['nettest', ['ERR: NineDoor unavailable', ...refused('NETTEST', 'ninedoor-unavailable')]],
    ['netstats', ['ERR: NineDoor unavailable', ...refused('NETSTATS', 'ninedoor-unavailable')]],
    ['cachelog', refused('CACHELOG', 'unsupported')],
    ['cachelog 65535', refused('CACHELOG', 'unsupported')],
    ['quit', ['OK QUIT']],
    // Nobody answers the supervisor's calls here.
    ['bi', refused('BOOTINFO', 'unavailable')],
    ['caps', refused('CAPS', 'unavailable')],
    ['mem', refused('MEM', 'unavailable')],
    ['log', refused('LOG', 'unauthenticated')],
    ['ls /', refused('LS', 'unauthenticated')],
    ['cat /proc/boot', refused('CAT', 'unauthenticated')],
    ['tail /log/queen.log', refused('TAIL', 'unauthenticated')],
    ['echo /queen/ctl {}', refused('ECHO', 'unauthenticated')],
    ['spawn {"spawn":"heartbeat","ticks":1}', refused('SPAWN', 'unauthenticated')],
    ['kill worker-1', refused('KILL', 'unauthenticated')],
    ['attach queen', ['ERR: NineDoor unavailable', ...refused('ATTACH', 'ninedoor-unavailable')]],
    ['attach WORKER-GPU token', ['ERR: NineDoor unavailable', ...refused('ATTACH', 'ninedoor-unavailable')]],
    ['attach bogus', refused('ATTACH', 'invalid-role')],
  ];
  it.each(table)('%s', (line, expected) => {
    expect(answer(booted(), line)).toEqual(expected);
  });

  it('help lists the commands', () => {
    const lines = answer(booted(), 'help');
    expect(lines[0]).toBe('Commands:');
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('OK HELP');
  });

  it('bi, caps and mem show what the root task made', () => {
    const { machine, root } = withRootTask();
    const boot = '[bi] node_bits=13 empty=[0x01fb..0x2000) ipc=0x0000000000430000';
    expect(answer(machine, 'bi')).toEqual([boot, 'OK BOOTINFO']);
    const caps = answer(machine, 'caps');
    const slots = /^\[caps\] root=0x0002 ep=(0x[0-9a-f]{4}) uart=(0x[0-9a-f]{4})$/.exec(caps[0] ?? '');
    expect(root.kernel.space.get(BigInt(slots?.[1] ?? 0))?.object.type).toBe(2);
    expect(root.kernel.space.get(BigInt(slots?.[2] ?? 0))?.object.paddr).toBe(0x0900_0000n);
    const statics = modules.layout.domains.filter(({ pool }) => !pool).map(({ name }) => name);
    expect(caps).toHaveLength(statics.length + 2);
    statics.forEach((name, i) =>
      expect(caps[i + 1]).toMatch(
        new RegExp(
          `^\\[caps\\] domain=${name} instance=\\d+ state=running generation=1 objects=\\d+ faults=0 restarts=0$`,
        ),
      ),
    );
    expect(caps.at(-1)).toBe('OK CAPS');
    const [first, second, third, ...more] = answer(machine, 'mem');
    expect(first).toBe('[mem] untyped caps=6 ram_ut=2 device_ut=4');
    expect(second).toMatch(/^\[mem\] ram_free_bytes=\d+ objects=\d+ slots_left=\d+$/);
    expect(third).toMatch(
      /^\[mem\] domain=uart instance=0 state=running generation=1 bytes=65536 heap_used=0 stack_used=0\/8192 beats=0$/,
    );
    expect(more.at(-1)).toBe('OK MEM');
  });
});

describe('grammar', () => {
  const parse = (detail: string): string[] => [`ERR PARSE reason=policy detail=${detail}`];
  const table: [string, string[]][] = [
    ['', parse('empty command')],
    ['   ', parse('empty command')],
    ['nope', parse('unsupported console command')],
    ['pin', parse('unsupported console command')],
    ['test all', parse('invalid value for argument test')],
    ['cachelog x', parse('invalid value for argument count')],
    ['cachelog 65536', parse('invalid value for argument count')],
    ['tail', parse('missing required argument: path')],
    ['cat', parse('missing required argument: path')],
    ['ls ', parse('missing required argument: path')],
    ['echo', parse('missing required argument: path')],
    ['echo /a', parse('missing required argument: payload')],
    ['attach', parse('missing required argument: role')],
    ['spawn', parse('missing required argument: payload')],
    ['kill', parse('missing required argument: worker')],
    [`ls /${'x'.repeat(96)}`, parse('argument path exceeds allowed length')],
    [`echo /a ${'x'.repeat(129)}`, parse('argument payload exceeds allowed length')],
    [`spawn ${'x'.repeat(193)}`, parse('argument payload exceeds allowed length')],
    [`attach ${'x'.repeat(17)}`, parse('argument role exceeds allowed length')],
    [`attach queen ${'x'.repeat(225)}`, parse('argument ticket exceeds allowed length')],
    [`kill ${'x'.repeat(33)}`, parse('argument worker exceeds allowed length')],
    [`ls /${'x'.repeat(95)}`, ['ERR LS reason=policy detail=unauthenticated']],
    [`echo /a ${'x'.repeat(128)}`, ['ERR ECHO reason=policy detail=unauthenticated']],
  ];
  it.each(table)('%j', (line, expected) => {
    expect(answer(booted(), line)).toEqual(expected);
  });
});

describe('line editing', () => {
  it('accepts CR, LF and CR LF as one line end', () => {
    const machine = booted();
    for (const end of ['\r', '\n', '\r\n']) {
      expect(machine.type(`ping${end}`)).toBe(`ping\r\nPONG\r\nOK PING reply=pong\r\n${PROMPT}`);
    }
  });

  it('erases with BS and DEL, and stops at the start of the line', () => {
    const machine = booted();
    expect(machine.type('\x7fpinx\x08g\r')).toBe(`pinx\b \bg\r\nPONG\r\nOK PING reply=pong\r\n${PROMPT}`);
  });

  it('drops other control bytes', () => {
    expect(booted().type('pi\x01\x1bng\r')).toBe(`ping\r\nPONG\r\nOK PING reply=pong\r\n${PROMPT}`);
  });

  it('shows nothing of a ticket', () => {
    const machine = booted();
    const typed = machine.type('attach worker cohesix-ticket-00c0ffee.1234 and more');
    expect(typed).toBe('attach worker cohesix-ticket-************* and more');
    expect(machine.logged('something else\r\n').endsWith(`${PROMPT}${typed}`)).toBe(true);
    expect(machine.type('\x08'.repeat(' and more'.length + 14) + '!')).toContain('\b \b!');
  });

  it('takes a line of 256 bytes and refuses a longer one whole', () => {
    const machine = booted();
    const longest = `ping ${'x'.repeat(251)}`;
    expect(answer(machine, longest)).toEqual(['PONG', 'OK PING reply=pong']);
    expect(machine.type(`${longest}yz\r`)).toBe(
      `${longest}\r\nERR PARSE reason=policy detail=console line exceeded maximum length\r\n${PROMPT}`,
    );
    expect(answer(machine, 'ping')).toEqual(['PONG', 'OK PING reply=pong']);
  });

  it('answers every line of any input, the same way each time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const [first, second] = [booted(), booted()];
        const output = first.type(bytes);
        expect(second.type(bytes)).toBe(output);
        // CR LF is one end; every end brings one prompt.
        const ends =
          Buffer.from(bytes)
            .toString('latin1')
            .match(/\r\n|\r|\n/g)?.length ?? 0;
        const prompts = output.split(`\r\n${PROMPT}`).length - 1;
        expect(prompts).toBe(ends);
        first.type('\n\r');
        expect(answer(first, 'ping')).toEqual(['PONG', 'OK PING reply=pong']);
      }),
      { numRuns: 200, seed: 20_250_101 },
    );
  });
});
