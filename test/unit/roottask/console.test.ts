// The root task's wasm (the module that ships) on the simulated kernel: boot log, console grammar, line editing.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModule, SimRootTask } from '../../sim/roottask.ts';
import { Halted } from '../../sim/kernel.ts';
import { rootTaskWasm } from '../../support/build.ts';

let wasm: WebAssembly.Module;
const PROMPT = 'cohesix> ';

beforeAll(async () => {
  wasm = loadModule(await rootTaskWasm());
});

function booted(): SimRootTask {
  const machine = new SimRootTask(wasm);
  machine.start();
  return machine;
}

/** The answer to a line: what follows its echo, without the prompt. */
function answer(machine: SimRootTask, line: string): string[] {
  const output = machine.type(`${line}\r`);
  expect(output.startsWith(`${line}\r\n`)).toBe(true);
  expect(output.endsWith(PROMPT)).toBe(true);
  return output.slice(line.length + 2, -PROMPT.length).split('\r\n').slice(0, -1);
}

describe('boot', () => {
  it('prints the markers in order and ends with the prompt', () => {
    const log = new SimRootTask(wasm).start();
    const markers = [
      '[kernel:entry] root-task entry reached',
      'CSpaceCanonicalise',
      '[MARK] boot_state=COLD',
      'BootInfoValidate',
      '[bootinfo:cspace] root=0x0002 init_bits=13 empty=[0x01fb..0x2000)',
      'MemoryLayoutBuild',
      'CSpaceRecord',
      'IPCInstall',
      '[cohesix:root-task] Cohesix boot: root-task online',
      '[cohesix:root-task] manifest.sha256=',
      'UntypedPlan',
      'RetypeCommit',
      '[vspace:map] pl011 paddr=0x09000000 -> vaddr=0xa0000000 attrs=UNCACHED OK',
      '[console] PL011 console online',
      '[clock] counter_hz=62500000 wall_s=1700000000',
      '[boot:ok] retyped=',
      'UserlandHandoff',
      '[kernel:entry] bootstrap complete; entering userland',
      "[Cohesix] Root console ready (type 'help' for commands)",
      'Cohesix console ready',
    ];
    let from = 0;
    for (const marker of markers) {
      const at = log.indexOf(marker, from);
      expect(at, `marker in order: ${marker}`).toBeGreaterThanOrEqual(0);
      from = at + marker.length;
    }
    expect(log.endsWith(PROMPT)).toBe(true);
    expect(log.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  const broken = [
    ['no slots', { emptyStart: 0x1fbn, emptyEnd: 0x1fbn }, 'bootinfo empty CSpace window is empty or reversed'],
    ['window outside the CNode', { emptyEnd: 0x4000n }, 'bootinfo empty CSpace window exceeds the root CNode'],
    ['no CNode size', { cnodeBits: 0n }, 'initThreadCNodeBits must be non-zero'],
  ] as const;
  it.each(broken)('stops on boot information with %s', (_name, options) => {
    const machine = new SimRootTask(wasm, options);
    expect(() => machine.start()).toThrow(Halted);
    expect(machine.kernel.retypes).toBe(0);
  });

  it('stops when the slots run out', () => {
    const machine = new SimRootTask(wasm, { emptyStart: 0x1fbn, emptyEnd: 0x1fen });
    expect(() => machine.start()).toThrow(Halted);
  });
});

describe('verbs', () => {
  const refused = (verb: string, detail: string): string[] => [`ERR ${verb} reason=policy detail=${detail}`];
  const table: [string, string[]][] = [
    ['ping', ['PONG', 'OK PING reply=pong']],
    ['  PiNg   extra', ['PONG', 'OK PING reply=pong']],
    ['test', refused('TEST', 'host-only')],
    ['nettest', refused('NETTEST', 'net-disabled')],
    ['netstats', refused('NETSTATS', 'net-disabled')],
    ['cachelog', refused('CACHELOG', 'unsupported')],
    ['cachelog 65535', refused('CACHELOG', 'unsupported')],
    ['quit', ['OK QUIT']],
    ['bi', ['[bi] node_bits=13 empty=[0x01fb..0x2000) ipc=0x0000000000430000', 'OK BOOTINFO']],
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

  it('caps and mem show what was made', () => {
    const machine = booted();
    const [caps] = answer(machine, 'caps');
    const slots = /^\[caps\] root=0x0002 ep=(0x[0-9a-f]{4}) uart=(0x[0-9a-f]{4})$/.exec(caps ?? '');
    expect(machine.kernel.slots.get(BigInt(slots?.[1] ?? 0))?.type).toBe(2n);
    expect(machine.kernel.slots.get(BigInt(slots?.[2] ?? 0))?.paddr).toBe(0x0900_0000n);
    const [first, second, ack] = answer(machine, 'mem');
    expect(first).toBe('[mem] untyped caps=5 ram_ut=2 device_ut=3');
    expect(second).toMatch(new RegExp(`objects=${machine.kernel.retypes} `));
    expect(ack).toBe('OK MEM');
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
        const ends = Buffer.from(bytes).toString('latin1').match(/\r\n|\r|\n/g)?.length ?? 0;
        const prompts = output.split(`\r\n${PROMPT}`).length - 1;
        expect(prompts).toBe(ends);
        first.type('\n\r');
        expect(answer(first, 'ping')).toEqual(['PONG', 'OK PING reply=pong']);
      }),
      { numRuns: 200, seed: 20_250_101 },
    );
  });
});
