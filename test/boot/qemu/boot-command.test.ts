// SPDX-License-Identifier: Apache-2.0
// The command behind `make boot`, as a filter and on a terminal (which util-linux's `script` plays).
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WELCOME } from '../../../qemu/src/console-terminal.ts';
import { freePort } from '../../../qemu/src/ports.ts';
import { buildGuest, ROOT } from './guest.ts';
import { Command, endCommands, eventually, type Finished } from './processes.ts';

const TRANSCRIPT = 'out/test/qemu-boot-command/serial.log';

let image: string;
let mute: string;
let die: string;
/** The first with `machine.json` beside it. */
let networked: string;

afterEach(endCommands);

beforeAll(() => {
  image = buildGuest();
  mute = buildGuest('MUTE');
  die = buildGuest('DIE');
  const folder = join(dirname(image), 'networked');
  mkdirSync(folder, { recursive: true });
  networked = join(folder, 'image.elf');
  copyFileSync(image, networked);
  const ports = { console_port: 31337, secure9p_port: 564, udp_echo_port: 0, tcp_smoke_port: 31339 };
  const clients = ['shell --port {console_port}', 'mount {secure9p_port}'];
  writeFileSync(join(folder, 'machine.json'), JSON.stringify({ network: { mode: 'dhcp', ...ports }, clients }));
});

/** An executable of its own for a line of shell. */
function script(line: string): string {
  const path = join(dirname(image), 'hanging-qemu.sh');
  writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  return path;
}

function fullDisk(): string {
  const path = join(dirname(image), 'full.log');
  rmSync(path, { force: true });
  symlinkSync('/dev/full', path);
  return path;
}

/** The guest of these tests has no driver for a card, and these tests must not meet others at the same ports. */
const NO_NET = '--no-net';

function boot(...args: string[]): Command {
  return Command.node('qemu/src/command.ts', '--transcript', TRANSCRIPT, ...args);
}

/** Runs the filter with all of its input at hand. */
function filter(input: string, ...args: string[]): Promise<Finished> {
  const command = boot(...args);
  command.child.stdin?.end(input);
  return command.finished;
}

describe('without a terminal', () => {
  it('prints the boot log and ends when there is no input', async () => {
    const stdout = 'guest online\r\ncohesix> \n';
    expect(await filter('', '--image', image, NO_NET)).toEqual({ code: 0, signal: null, stdout, stderr: '' });
    expect(readFileSync(`${ROOT}/${TRANSCRIPT}`, 'utf8')).toBe('guest online\r\ncohesix> ');
  });

  it.each([
    ['ping\n', 'cohesix> ping\r\npong\r\ncohesix> \n'],
    ['ping\nel', 'cohesix> ping\r\npong\r\ncohesix> el\r\nel=2\r\ncohesix> \n'],
    ['ping\r\n\n', 'cohesix> ping\r\npong\r\ncohesix> \r\ncohesix> \n'],
  ])('answers %j', async (input, answers) => {
    const finished = await filter(input, '--image', image, '--el2', NO_NET);
    expect(finished).toEqual({ code: 0, signal: null, stdout: `guest online\r\n${answers}`, stderr: '' });
  });

  it('sends a line only when the prompt is there, and waits for input that comes late', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => `line number ${i}`);
    const command = boot('--image', image);
    command.type(`${lines.slice(0, 39).join('\n')}\n`);
    await command.output(/line number 38\r\ncohesix> /);
    command.child.stdin?.end(`${lines[39]}\n`);
    const { code, stdout } = await command.finished;
    expect(code).toBe(0);
    const answers = lines.map((line) => `cohesix> ${line}\r\nunknown: ${line}\r\n`).join('');
    expect(stdout).toBe(`guest online\r\n${answers}cohesix> \n`);
  });

  it.each([
    ['no prompt in time', () => mute, '', 'expect /^cohesix> /: nothing in 1500 ms'],
    ['the guest resets before the prompt', () => die, '', 'expect /^cohesix> /: the guest reset itself'],
    ['an answer does not come', () => image, 'hang\n', 'expect /[\\r\\n]cohesix> /: nothing in 1500 ms'],
    [
      'the guest goes off instead of answering',
      () => image,
      'off\n',
      'expect /[\\r\\n]cohesix> /: the guest switched itself off',
    ],
  ])('exits 1 when %s', async (_name, which, input, message) => {
    const { code, stderr } = await filter(input, '--image', which(), NO_NET, '--timeout-ms', '1500');
    expect(code).toBe(1);
    expect(stderr).toMatch(/\| guest online\n/);
    expect(stderr.split('\n')[0]).toBe(`error[COH0808]: ${message}`);
  });

  it('answers the lines behind one that was answered ERR, and exits 1', async () => {
    const { code, stdout, stderr } = await filter('fail\nping\n', '--image', image, NO_NET);
    expect(stdout).toBe(
      'guest online\r\ncohesix> fail\r\nERR FAIL reason=asked\r\ncohesix> ping\r\npong\r\ncohesix> \n',
    );
    expect([code, stderr]).toEqual([1, 'error[COH0813]: the guest answered ERR to "fail"\n']);
  });

  it('refuses input that is not UTF-8', async () => {
    const command = boot('--image', image, NO_NET);
    command.child.stdin?.end(Buffer.from('ping\nnaive \xef\n', 'latin1'));
    const { code, stderr } = await command.finished;
    expect([code, stderr]).toEqual([1, 'error[COH0812]: line 1 of the input or one behind it is not UTF-8\n']);
  });

  it('does not wait for an emulator that says its version and hangs', async () => {
    const qemu = script('[ "$1" = --version ] && exec echo QEMU version 7.2.0; exec sleep 600');
    const args = ['--import', 'tsx', 'qemu/src/command.ts', '--image', image, NO_NET, '--timeout-ms', '700'];
    const command = new Command(process.execPath, args, { ...process.env, COHESIX_QEMU: qemu });
    const { code, stderr } = await command.finished;
    expect(code).toBe(1);
    expect(stderr.split('\n')[0]).toBe(
      'error[COH0804]: QEMU did not start: it did not answer on its control channel in 700 ms',
    );
  });

  it.each([
    ['a folder', () => dirname(image), /^error\[COH0811\]: transcript .* cannot be written: EISDIR/],
    [
      'below a file',
      () => join(image, 'serial.log'),
      /^error\[COH0811\]: transcript .* cannot be written: E(NOTDIR|EXIST)/,
    ],
    ['to a full disk', fullDisk, /^error\[COH08\d\d\]: .*transcript .* cannot be written: ENOSPC/],
  ])('says that a transcript cannot be written: %s', async (_name, path, message) => {
    const { code, stderr } = await filter('', '--image', image, NO_NET, '--transcript', path());
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('says that its standard output cannot be written', async () => {
    const line = `${process.execPath} --import tsx qemu/src/command.ts --image ${image} ${NO_NET} > /dev/full`;
    const { code, stderr } = await new Command('sh', ['-c', line]).finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error\[COH0814\]: standard output cannot be written: .*ENOSPC/);
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at %s with exit code %i', async (signal, code) => {
    const command = boot('--image', image, NO_NET);
    await command.output(/cohesix> /);
    command.child.kill(signal);
    expect((await command.finished).code).toBe(code);
  });

  it.each([
    [['--gic', '4'], 'error[COH0809]: --gic 4 is not a GIC version\n  fix: use 2 or 3'],
    [['--memory', '1G'], 'error[COH0809]: --memory 1G is not a positive number\n  fix: use decimal digits'],
    [['--port', '65536'], 'error[COH0809]: --port 65536 is not a port\n  fix: use 1 to 65535'],
    [
      ['--no-net', '--port-9p', '564'],
      'error[COH0809]: --no-net leaves nothing for --port, --port-9p or --outbound\n  fix: leave one of them away',
    ],
    [['--timeout-ms', '0'], 'error[COH0809]: --timeout-ms 0 is not a positive number\n  fix: use decimal digits'],
    [['--what'], "error[COH0809]: Unknown option '--what'\n  fix: --help lists the options"],
    [
      ['--image', 'out/none.elf', '--no-net'],
      'error[COH0803]: image out/none.elf does not exist\n  fix: build it with: make image',
    ],
  ])('refuses %j', async (args, message) => {
    expect(await filter('', ...args)).toEqual({ code: 1, signal: null, stdout: '', stderr: `${message}\n` });
  });

  it('only prints the command line with --dry-run', async () => {
    rmSync(`${ROOT}/${TRANSCRIPT}`, { force: true });
    const args = '--image a.elf --gic 3 --el2 --memory 512 --dry-run'.split(' ');
    const { code, stdout, stderr } = await filter('', NO_NET, ...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      'qemu-system-aarch64 -M virt,gic-version=3,virtualization=on -cpu cortex-a57 -m 512 -smp 1 ' +
        '-display none -nodefaults -kernel a.elf -serial mon:stdio\n',
    );
    expect(existsSync(`${ROOT}/${TRANSCRIPT}`)).toBe(false);
  });

  it('forwards ports and says before the prompt how to reach them', async () => {
    const [console, nine] = [await freePort('tcp'), await freePort('tcp')];
    const ports = ['--port', `${console}`, '--port-9p', `${nine}`];
    const dry = await filter('', '--image', networked, ...ports, '--dry-run');
    expect(dry.stdout).toContain(
      `-netdev user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:${console}-:31337,hostfwd=tcp:127.0.0.1:${nine}-:564,`,
    );
    const real = await filter('', '--image', networked, ...ports);
    expect([real.code, real.stdout]).toEqual([0, 'guest online\r\ncohesix> \n']);
    for (const { stderr } of [dry, real]) {
      expect(stderr).toContain(`\n  shell --port ${console}\n  mount ${nine}\n`);
    }
  });

  it('forwards nothing where it is not known what the guest listens on, and says so', async () => {
    const unknown = 'no machine.json beside the image says what it listens on';
    expect((await filter('', '--image', image, '--dry-run')).stderr).toBe(`${unknown}: no port is forwarded\n\n`);
    const refused = await filter('', '--image', image, '--port', '4000', '--dry-run');
    expect([refused.code, refused.stderr.split('\n')[0]]).toEqual([1, `error[COH0809]: --port, but ${unknown}`]);
  });

  it('boots twice at the same time: the second one takes other ports', async () => {
    const first = boot('--image', networked);
    await first.output(/cohesix> /);
    const { code, stderr } = await filter('', '--image', networked);
    first.child.stdin?.end();
    expect(code).toBe(0);
    expect(stderr).toMatch(/^port \d+ of this host is taken: the console is on \d+\n/);
    expect((await first.finished).code).toBe(0);
  });
});

describe.skipIf(!existsSync('/usr/bin/script'))('on a terminal', () => {
  function terminal(...args: string[]): Command {
    const command = [process.execPath, '--import', 'tsx', 'qemu/src/command.ts', '--transcript', TRANSCRIPT, ...args];
    return new Command('script', ['--quiet', '--return', '--command', command.join(' '), '/dev/null']);
  }

  /** What a terminal shows: raw mode adds a carriage return to the guest's own. */
  const text = (output: string): string => output.replace(/\r+\n/g, '\n');

  async function shown(command: Command, pattern: RegExp): Promise<void> {
    const found = await eventually(() => pattern.exec(text(command.stdout)));
    if (found === null) throw new Error(`no ${pattern} in: ${text(command.stdout)}`);
  }

  it('says what to try, passes keys, helps, shows a reset and leaves with Ctrl-A X', async () => {
    const command = terminal('--image', image);
    await shown(command, /cohesix> /);
    expect(text(command.stdout)).toContain(WELCOME);
    command.type('ping\r');
    await shown(command, /cohesix> ping\npong\ncohesix> /);
    command.type('\x01h');
    await shown(command, /Ctrl-A A {2}send Ctrl-A itself[^]*self-test\ncohesix> /);
    command.type('reset\r');
    await shown(command, /resetting[^]*\[the guest reset itself\][^]*guest online\ncohesix> /);
    command.type('\x03\x01a\r');
    await shown(command, /unknown: \x03\x01\n/);
    command.type('\x01x');
    const { code, stdout } = await command.finished;
    expect(code).toBe(0);
    expect(text(stdout)).toMatch(/\[left\]\n/);
  });

  it.each([
    ['the guest is left before its prompt', () => mute, '\x01x', 'left before the guest was ready'],
    ['the guest resets before its prompt', () => die, '', 'the guest reset itself'],
  ])('exits 1 when %s', async (_name, which, keys, message) => {
    const command = terminal('--image', which());
    await shown(command, /guest online/);
    command.type(keys);
    const { code, stdout } = await command.finished;
    expect(code).toBe(1);
    expect(text(stdout)).toContain(message);
  });

  it('ends with the guest', async () => {
    const command = terminal('--image', image);
    await shown(command, /cohesix> /);
    command.type('off\r');
    const { code, stdout } = await command.finished;
    expect(code).toBe(0);
    expect(text(stdout)).toContain('[the guest switched itself off]');
  });
});
