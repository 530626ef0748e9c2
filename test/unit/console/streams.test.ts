// SPDX-License-Identifier: Apache-2.0
/** Payload that is larger than any buffer of the console: nothing is too long to list, and what is typed meanwhile waits. */
import { beforeAll, expect, it } from 'vitest';
import { SimSystem } from '../../sim/system.ts';
import { simulationModules, type Modules } from '../../support/build.ts';

const PROMPT = 'cohesix> ';
const LINES = 600;

let modules: Modules;
beforeAll(async () => {
  modules = await simulationModules();
});

/** A queen's session with many lines in the log. */
function talkative(): SimSystem {
  const system = new SimSystem(modules);
  system.type('attach queen\r');
  for (let n = 0; n < LINES; n++) system.type(`echo /log/queen.log line ${n} ${'x'.repeat(100)}\r`);
  return system;
}

function payload(output: string): string[] {
  const lines = output.slice(0, -PROMPT.length).split('\r\n');
  expect(lines.slice(-2)).toEqual(['END', '']);
  return lines.slice(2, -2);
}

it('log shows all that is retained, tail the newest 64 lines', () => {
  const system = talkative();
  const all = payload(system.type('log\r'));
  const own = all.filter((line) => line.startsWith('line '));
  expect(own).toEqual(Array.from({ length: LINES }, (_, n) => `line ${n} ${'x'.repeat(100)}`));
  expect(all.at(-1)).toBe('console: log stream start');
  const newest = payload(system.type('tail /log/queen.log\r'));
  expect(newest).toHaveLength(64);
  expect(newest).toEqual([...all, 'console: tail /log/queen.log'].slice(-64));
});

it('a command that only looks, given again and again, is told once', () => {
  const system = new SimSystem(modules);
  system.type('attach queen\r');
  const looks = ['tail /proc/boot', 'ping', 'ls /proc', 'cat /proc/boot', 'cat /proc/limits'];
  for (const look of looks) for (let i = 0; i < 50; i++) system.type(`${look}\r`);
  system.type('echo /log/queen.log x\recho /log/queen.log x\rping\r');
  const told = payload(system.type('log\r')).filter((line) => line.startsWith('console: '));
  const echo = 'console: echo /log/queen.log bytes=1';
  expect(told).toEqual([
    ...looks.map((look) => `console: ${look}`),
    echo,
    echo,
    'console: ping',
    'console: log stream start',
  ]);
});

it('cat of the log shows its summary only, the newest lines that are no commands', () => {
  const system = talkative();
  system.type('echo /log/queen.log short one\r');
  system.type('echo /log/queen.log short two\r');
  const output = system.type('cat /log/queen.log\r');
  expect(output.split('\r\n')[1]).toMatch(/^OK CAT path=\/log\/queen.log data=.*short one\|short two$/);
  expect(payload(output)).toEqual([]);
});

it("an operator's note stays in the summary of the log, however many errors follow, beside what the system says", () => {
  const system = new SimSystem(modules);
  system.type('attach queen\r');
  system.type('echo /log/queen.log note of the operator\r');
  for (let n = 0; n < 300; n++) system.type('cat /proc/none\r');
  const summary = (): string => /data=(.*)/.exec(system.type('cat /log/queen.log\r').split('\r\n')[1] ?? '')?.[1] ?? '';
  expect(summary().split('|').at(-1)).toBe('note of the operator');
  system.type('spawn {"spawn":"heartbeat","ticks":100}\r');
  for (let n = 0; n < 12; n++) system.type(`echo /worker/worker-1/telemetry ${'x'.repeat(90)}\r`);
  expect(summary()).toMatch(/^telemetry ring wrap dropped_bytes=\d+ new_base=\d+\|note of the operator$/);
});

it.each(['tail', 'cat'])(
  '%s of telemetry works on a ring that has wrapped, with fewer lines than a tail has',
  (verb) => {
    const system = new SimSystem(modules);
    system.type('attach queen\r');
    system.type('spawn {"spawn":"heartbeat","ticks":100}\r');
    const record = (n: number): string => `record ${n} ${'x'.repeat(80)}`;
    for (let n = 10; n < 26; n++) system.type(`echo /worker/worker-1/telemetry ${record(n)}\r`);
    for (const path of ['/worker/worker-1/telemetry', '/shard/13/worker/worker-1/telemetry']) {
      const output = system.type(`${verb} ${path}\r`);
      expect(output.split('\r\n')[1]).toMatch(new RegExp(`^OK ${verb.toUpperCase()} path=${path}`));
      // The oldest line has lost its start.
      expect(payload(output).slice(1)).toEqual(Array.from({ length: 11 }, (_, i) => record(15 + i)));
    }
  },
);

it('what is typed while payload is shown is answered afterwards, in order', () => {
  const system = talkative();
  const output = system.type('log\rping\rls /log\r');
  const [first = '', second = '', third = '', rest] = output.split(PROMPT);
  expect(first.endsWith('END\r\n')).toBe(true);
  expect(second).toBe('ping\r\nPONG\r\nOK PING reply=pong\r\n');
  expect(third).toBe('ls /log\r\nOK LS path=/log entries=1\r\nqueen.log\r\nEND\r\n');
  expect(rest).toBe('');
});

it('stray bytes in the log are shown as they are, and hide nothing', () => {
  const system = new SimSystem(modules);
  system.type('attach queen\r');
  system.type('echo /log/queen.log \xff\xfe\r');
  system.type('echo /log/queen.log after\r');
  expect(payload(system.type('log\r'))).toContain('after');
  expect(system.type('cat /log/queen.log\r').split('\r\n')[1]).toContain('|after');
});

it('NineDoor that dies while payload is shown: what is missing is said', () => {
  const system = talkative();
  const { console } = system.console;
  const serve = system.ninedoor.serve.bind(system.ninedoor);
  let reads = 0;
  system.ninedoor.serve = (badge, message) => {
    // The reads of the first look, and some of the second.
    if (message.label === 3n && ++reads > 20) system.isDown = true;
    return serve(badge, message);
  };
  const output = system.type('log\r');
  expect(output).toContain('[console] cut short: NineDoor unavailable\r\nEND\r\n');
  expect(console.events).toBe(0n);
  expect(system.type('ls /\r')).toContain(
    'ERR: NineDoor unavailable\r\nERR LS reason=policy detail=ninedoor-unavailable',
  );
});

it('what the root task logs meanwhile is shown afterwards, and splits no line', () => {
  const system = talkative();
  const serve = system.ninedoor.serve.bind(system.ninedoor);
  let reads = 0;
  system.ninedoor.serve = (badge, message) => {
    if (message.label === 3n && ++reads > 14) {
      system.console.log.write(Buffer.from(`logged ${reads}\n`));
      system.console.console.events |= modules.constants('console')['EVENT_LOG'] ?? 0n;
    }
    return serve(badge, message);
  };
  const [shown = '', after = ''] = system.type('log\r').split('END\r\n');
  expect(shown).not.toContain('logged');
  expect(shown.split('\r\n').filter((line) => line.startsWith('line '))).toHaveLength(LINES);
  expect(after).toMatch(/(logged \d+ *\r\n)+cohesix> $/);
});
