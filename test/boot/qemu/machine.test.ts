// SPDX-License-Identifier: Apache-2.0
// A machine from power-on to its end: serial line, resets, hard time-out, forwards, files; and that nothing survives.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { logDirectory, withMachine, type HarnessOptions } from '../../../qemu/src/harness.ts';
import { Machine } from '../../../qemu/src/machine.ts';
import { ICOUNT_SHIFT_EXACT, ticksToInstructions, cpuPercent, timeToPattern } from '../../../qemu/src/measure.ts';
import { runScriptFile } from '../../../qemu/src/expect-script.ts';
import { QEMU_COMMAND } from '../../../qemu/src/options.ts';
import { buildGuest, FIXTURE, ROOT } from './guest.ts';
import { Command, endCommands, isGone, runs } from './processes.ts';

let image: string;
let imageGicV3: string;
let mute: string;

afterEach(endCommands);

beforeAll(() => {
  image = buildGuest();
  imageGicV3 = buildGuest('GICV3');
  mute = buildGuest('MUTE');
});

function named(name: string, options: Partial<HarnessOptions> = {}): HarnessOptions {
  return { name: `qemu ${name}`, image, timeout_ms: 30_000, ...options };
}

/** The failure of a promise that must fail. */
async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (e: unknown) => e,
  );
  if (!(error instanceof Failure)) throw error;
  return error;
}

describe('a machine', () => {
  it.each([
    [2, false, 1],
    [2, true, 2],
    [3, false, 1],
    [3, true, 2],
  ] as const)(
    'with GICv%i, virtualization %s, runs at EL%i and comes back from a reset',
    async (gic, virtualization, el) => {
      const options = { gic, virtualization, on_reset: 'resume', image: gic === 3 ? imageGicV3 : image } as const;
      await withMachine(named(`gic${gic} el${el}`, options), async ({ machine, console }) => {
        await console.expect('cohesix> ');
        console.send('el\r');
        await console.expect(`el=${el}\r\n`);
        for (let count = 1; count <= 2; count++) {
          console.send('reset\r');
          await console.expect('resetting');
          await console.reset();
          await console.expect(/^guest online/);
          expect(machine.resets).toHaveLength(count);
          expect(machine.text.slice(0, machine.resets.at(-1))).toMatch(/resetting\r\n$/);
          expect(machine.text.slice(machine.resets.at(-1))).toMatch(/^guest online/);
        }
      });
    },
  );

  it('ends at a reset when it is told to, and when the guest switches itself off', async () => {
    for (const [word, kind] of [
      ['reset', 'guest-reset'],
      ['off', 'guest-off'],
    ] as const) {
      await withMachine(named(`ends at ${word}`), async ({ machine, console }) => {
        await console.expect('cohesix> ');
        console.send(`${word}\r`);
        expect((await machine.ended).kind).toBe(kind);
        expect(await isGone(machine.pid)).toBe(true);
      });
    }
  });

  it('is killed at its hard time-out, and what waited for it fails with the reason', async () => {
    const machine = await Machine.start({ image: mute, timeout_ms: 300 });
    const error = await failureOf(timeToPattern(machine, 'cohesix> ', 60_000));
    expect(error.message).toBe(
      'expect "cohesix> ": it was killed at its hard time-out of 300 ms\n  last 1 line of the guest:\n  | guest online',
    );
    expect(machine.end?.kind).toBe('timeout');
    expect(await isGone(machine.pid)).toBe(true);
  });

  it('is killed when it prints without end', async () => {
    await withMachine(named('flood', { output_limit: 10_000 }), async ({ machine, console }) => {
      await console.expect('cohesix> ');
      console.send('flood\r');
      expect(await machine.ended).toEqual({ kind: 'flood', reason: 'it printed more than 10000 characters' });
    });
  });

  it('is gone after the function that it was started for, whether that returns or throws', async () => {
    const pids: number[] = [];
    await withMachine(named('returns'), ({ machine }) => Promise.resolve(pids.push(machine.pid)));
    const thrown = withMachine(named('throws'), async ({ machine, console }) => {
      pids.push(machine.pid);
      await console.expect('cohesix> ');
      console.send('hang\r');
      await console.expect('answer', 50);
    });
    const error = await failureOf(thrown);
    expect(error.message.replace(/^ +log: .*$/m, '')).toBe(
      [
        'expect "answer": nothing in 50 ms',
        '  last 2 lines of the guest:',
        '  | guest online',
        '  | cohesix> hang',
        '  steps:',
        '    expect "cohesix> " within 10000 ms',
        '    send "hang\\r"',
        '    expect "answer" within 50 ms',
        '',
      ].join('\n'),
    );
    expect(pids.map(runs)).toEqual([false, false]);
  });

  it('keeps transcripts and the pid file where it is told', async () => {
    const directory = logDirectory('qemu files');
    rmSync(directory, { recursive: true, force: true });
    const pid_file = join(directory, 'qemu.pid');
    await withMachine(named('files', { pid_file }), async ({ machine, console }) => {
      await console.expect('cohesix> ');
      expect(Number(readFileSync(pid_file, 'utf8'))).toBe(machine.pid);
      console.send('ping\r');
      await console.expect('pong');
    });
    expect(readFileSync(join(directory, 'serial.log'), 'utf8')).toMatch(/^guest online\r\ncohesix> ping\r\npong/);
    expect(readFileSync(join(directory, 'serial.timed.log'), 'utf8')).toMatch(/^\[ +\d+\.\d+\] -- sent "ping\\r"$/m);
    expect(existsSync(pid_file)).toBe(false);
  });

  it('forwards free loopback ports to two machines at once', async () => {
    const net = { forwards: [{ guest_port: 31337 }, { guest_port: 31338, protocol: 'udp' as const }] };
    await withMachine(named('net one', { net }), async (one) => {
      await withMachine(named('net two', { net }), async (two) => {
        const ports = [one, two].flatMap(({ machine }) => machine.forwards.map((f) => f.host_port));
        expect(new Set(ports).size).toBe(4);
        expect(ports).not.toContain(0);
        // QEMU accepts for the guest, which has no network code: that the port is open is all there is to see.
        await open(two.machine.forwards[0]?.host_port ?? 0);
      });
    });
  });

  it.each([
    [
      'a missing image',
      { image: 'out/no-such.elf' },
      'COH0803: image out/no-such.elf does not exist; build it with: make image',
    ],
    [
      'options that QEMU refuses',
      { cpu: 'z80' },
      /^COH0804: QEMU did not start: QEMU ended with exit code 1: .*z80.*; check/,
    ],
    [
      'a missing emulator',
      { qemu: 'no-such-emulator' },
      /^COH0801: no-such-emulator cannot be started: not found; install/,
    ],
  ])('refuses %s', async (_name, options, expected) => {
    const [diagnostic] = (await failureOf(Machine.start({ image, ...options }))).diagnostics;
    const shown = `${diagnostic?.code}: ${diagnostic?.message}; ${diagnostic?.fix}`;
    if (typeof expected === 'string') expect(shown).toBe(expected);
    else expect(shown).toMatch(expected);
  });

  it('refuses a forward whose host port is taken', async () => {
    await withMachine(named('port owner', { net: { forwards: [{ guest_port: 1 }] } }), async ({ machine }) => {
      const net = { forwards: [{ guest_port: 1, host_port: machine.forwards[0]?.host_port ?? 0 }] };
      expect((await failureOf(Machine.start({ image, net }))).message).toBe('a host port to forward is taken');
    });
  });

  it('follows a script', async () => {
    await withMachine(named('script', { on_reset: 'resume' }), async ({ machine }) => {
      const log: string[] = [];
      await runScriptFile(machine, join(FIXTURE, 'reset.expect'), (line) => log.push(line.replace(/^.*\//, '')));
      expect(log.slice(-2)).toEqual(['reset.expect:7: expect "cohesix> " within 10000 ms', 'reset.expect:8: quit']);
      expect(machine.end?.kind).toBe('stopped');
    });
  });
});

describe('measurements', () => {
  it('count instructions exactly, every time', async () => {
    const counts: number[] = [];
    for (let run = 0; run < 2; run++) {
      await withMachine(named('icount', { icount_shift: ICOUNT_SHIFT_EXACT }), async ({ console }) => {
        await console.expect('cohesix> ');
        console.send('count\r');
        const match = await console.expect(/ticks=(\d+) ticks_twice=(\d+)\r\n/);
        counts.push(...match.slice(1).map((ticks) => ticksToInstructions(Number(ticks), ICOUNT_SHIFT_EXACT)));
      });
    }
    // 1000 passes of 4 instructions, and the two of the reading itself.
    expect(counts).toEqual([4002, 8002, 4002, 8002]);
  });

  it('see an idle guest idle, and a busy one busy', async () => {
    const share: Record<string, number> = {};
    for (const word of ['idle', 'busy']) {
      await withMachine(named(word, word === 'busy' ? { image: imageGicV3 } : {}), async ({ machine, console }) => {
        await console.expect('cohesix> ');
        share[word] = await cpuPercent(machine, 1000);
      });
    }
    // The busy guest polls its serial line. The gap is far wider than any load of the host can close.
    expect(share.busy).toBeGreaterThan((share.idle ?? 0) + 10);
  });
});

describe('no emulator outlives its parent', () => {
  /** A search path with the emulator and without `setpriv`, so that only our own handlers are left to do the work. */
  function pathWithoutSetpriv(): string {
    const directory = join(ROOT, 'out/test/qemu-fixture/bin');
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    symlinkSync(execFileSync('which', [QEMU_COMMAND], { encoding: 'utf8' }).trim(), join(directory, QEMU_COMMAND));
    return directory;
  }

  it.each([
    ['SIGINT', true, 130, null],
    ['SIGTERM', true, 143, null],
    ['SIGHUP', true, 129, null],
    ['SIGKILL', true, null, 'SIGKILL'],
    ['exit', true, 7, null],
    ['throw', true, 1, null],
    ['SIGINT', false, 130, null],
    ['SIGTERM', false, 143, null],
    ['SIGHUP', false, 129, null],
    ['exit', false, 7, null],
    ['throw', false, 1, null],
  ] as const)('that ends by %s (parent-death signal: %s)', async (how, setpriv, code, signal) => {
    const env = setpriv ? process.env : { ...process.env, PATH: pathWithoutSetpriv() };
    const args = ['--import', 'tsx', 'test/boot/qemu/parent.ts', image, how];
    const command = new Command(process.execPath, args, env);
    const pid = Number((await command.output(/pid=(\d+)/))[1]);
    if (how.startsWith('SIG')) command.child.kill(how as NodeJS.Signals);
    expect(await command.finished).toMatchObject({ code, signal });
    expect(await isGone(pid)).toBe(true);
  });
});

/** Opens and closes a TCP connection. */
function open(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    }).once('error', reject);
  });
}
