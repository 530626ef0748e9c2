// SPDX-License-Identifier: Apache-2.0
/** The log says who attached and who wrote commands, what was refused and why; never a ticket, never more than one line. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client } from './client.ts';
import { frame, NO_FID, u32 } from './frames.ts';
import { Machine } from './machine.ts';
import { KEYS, mint } from './tickets.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const CHANNEL = 1;
const machine = (): Machine => new Machine(module, { keys: KEYS });
const logOf = (client: Client): string[] => client.read('/log/queen.log').split('\n').slice(0, -1);
const digest = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 8);
const SPAWN = '{"spawn":"heartbeat","ticks":100}';

describe('control writes', () => {
  const none = 'role=queen ticket=none';
  const table: [string, string, string][] = [
    ['/queen/ctl', SPAWN, `control-write outcome=allow ${none} path=/queen/ctl bytes=33`],
    [
      '/queen/ctl',
      '{"kill":"worker-9"}\n',
      `control-write outcome=deny ${none} path=/queen/ctl bytes=20 error=NotFound: worker worker-9 not found`,
    ],
    ['/queen/lifecycle/ctl', 'cordon', `control-write outcome=allow ${none} path=/queen/lifecycle/ctl bytes=6`],
    [
      '/queen/lifecycle/ctl',
      'drain',
      `control-write outcome=deny ${none} path=/queen/lifecycle/ctl bytes=5 error=Invalid: invalid lifecycle transition`,
    ],
    [
      '/queen/telemetry/dev/ctl',
      '{"new":"segment"}',
      `control-write outcome=allow ${none} path=/queen/telemetry/dev/ctl bytes=17`,
    ],
    [
      '/queen/telemetry/dev/ctl',
      '{"new":"nope"}',
      `control-write outcome=deny ${none} path=/queen/telemetry/dev/ctl bytes=14 error=Invalid: unsupported telemetry ctl verb nope`,
    ],
    [
      '/trace/ctl',
      '{"set":{"level":"loud"}}',
      `control-write outcome=deny ${none} path=/trace/ctl bytes=24 error=Invalid: unknown trace level 'loud'`,
    ],
    ['/gpu/G/ctl', 'PRIORITY 1', `control-write outcome=allow ${none} path=/gpu/G/ctl bytes=10`],
  ];
  it.each(table)('%s: %s', (path, text, line) => {
    const on = machine();
    on.seedGpu('G', 1);
    const client = new Client(on).attach();
    client.refusal((c) => c.write(path, text));
    expect(logOf(client).at(-1)).toBe(line);
  });

  it('names the ticket by its digest, and the file by its own path', () => {
    const on = machine();
    const token = mint({ role: 0, scopes: [{ path: '/queen', verb: 1, rate: 0 }] });
    const client = new Client(on).attach('queen', token);
    client.write('/queen/ctl', '{"bind":{"from":"/queen","to":"/q"}}');
    client.write('/q/ctl', SPAWN);
    const boss = new Client(on).attach();
    const lines = logOf(boss).filter((line) => line.startsWith('control-write'));
    expect(lines.at(-1)).toBe(
      `control-write outcome=allow role=queen ticket=${digest(token)} path=/queen/ctl bytes=${SPAWN.length}`,
    );
    const quota = { bandwidth: 10n, resumes: 0, advances: 0 };
    const short = new Client(on).attach('queen', mint({ role: 0, quotas: quota }));
    expect(short.refusal((c) => c.write('/queen/ctl', SPAWN))).toBe('TooBig ELIMIT');
    expect(logOf(boss).at(-1)).toMatch(/^control-write outcome=deny .* error=TooBig: ELIMIT$/);
  });

  it('of what is no control file is not told', () => {
    const client = new Client(machine()).attach();
    client.write('/queen/ctl', SPAWN);
    const before = logOf(client).length;
    client.write('/worker/worker-1/telemetry', 'x');
    expect(logOf(client)).toHaveLength(before);
  });

  it('of a console is told by the console', () => {
    const on = machine();
    const console = new Client(on, 'compact', CHANNEL).attach();
    console.write('/queen/ctl', SPAWN);
    console.refusal((c) => c.write('/queen/ctl', 'nope'));
    expect(logOf(console).filter((line) => /^(control-write|attach)/.test(line))).toEqual([]);
  });
});

describe('attaches', () => {
  it('accepted', () => {
    const on = machine();
    const token = mint({ role: 0 });
    const client = new Client(on).attach('queen', token);
    expect(logOf(client).at(-1)).toBe(`attach accepted role=queen ticket=${digest(token)} session=${client.session}`);
    client.write('/queen/ctl', SPAWN);
    const worker = new Client(on).attach('worker-heartbeat', mint({ role: 1, subject: 'worker-1' }));
    expect(logOf(client).at(-1)).toMatch(
      new RegExp(`^attach accepted role=worker-heartbeat:worker-1 ticket=[0-9a-f]{8} session=${worker.session}$`),
    );
    const before = logOf(client).length;
    const linux = new Client(on, 'linux').attach();
    linux.call(104, u32(9), u32(NO_FID), 'queen', '', u32(1000));
    expect(logOf(client), 'once a session').toHaveLength(before + 1);
  });

  it('refused, at a bounded rate', () => {
    const on = machine();
    const boss = new Client(on).attach();
    const guess = (): string => new Client(on).refusal((c) => c.attach('queen', 'cohesix-ticket-00.00'));
    for (let i = 0; i < 12; i++) guess();
    const denied = (): string[] => logOf(boss).filter((line) => line.startsWith('attach denied'));
    expect(denied()).toHaveLength(8);
    expect(denied()[0]).toBe(
      'attach denied role=queen session=2 error=Permission: ticket invalid: ticket MAC length 1 is invalid',
    );
    on.now_ms += 1000n;
    guess();
    expect(denied().at(-1)).toMatch(/^attach denied role=queen session=14 suppressed=4 error=/);
    guess();
    expect(denied().at(-1)).toMatch(/^attach denied role=queen session=15 error=/);
  });
});

describe('a line of the log', () => {
  const last = (text: string | Uint8Array): string => {
    const client = new Client(machine()).attach();
    client.refusal((c) => c.write('/queen/lifecycle/ctl', text));
    return logOf(client).at(-2) ?? '';
  };
  const denied = (action: string): string => `lifecycle denied action=${action} state=ONLINE reason=invalid-command`;

  it('is clean text, whatever clients send', () => {
    expect(last('a\x1b[2Jb\rc\0d')).toBe(denied('a?[2Jb?c?d'));
    expect(last('a\u009b2Jb\u00a0c')).toBe(denied('a??2Jb\u00a0c'));
    expect(last(Buffer.from([0x61, 0xff, 0xc3, 0x62, 0xc3, 0xa9]))).toBe(denied('a??bé'));
  });

  it('has no ticket in it', () => {
    const token = mint({ role: 0 });
    expect(last(`x ${token} y ${token}`)).toBe(denied('x cohesix-ticket-* y cohesix-ticket-*'));
    expect(last('cohesix-ticket-')).toBe(denied('cohesix-ticket-'));
    const client = new Client(machine()).attach();
    client.refusal((c) => c.write('/queen/ctl', `{"kill":"${token}"}`));
    client.refusal((c) => c.call(104, u32(9), u32(NO_FID), token, token, u32(0)));
    expect(client.read('/log/queen.log')).not.toMatch(/ticket-[0-9a-f]/);
  });

  it('ends where the room ends, between characters', () => {
    const line = last('é'.repeat(4000));
    expect(line.startsWith('lifecycle denied action=éé')).toBe(true);
    expect(Buffer.byteLength(line)).toBeLessThan(2560);
    expect(line).not.toContain('\ufffd');
  });

  it('and a name that is no role is quoted only in part of one', () => {
    const on = machine();
    const boss = new Client(on).attach();
    const id = on.open();
    on.serve(id, frame(100, 1, u32(8192), '9P2000.L'));
    on.serve(id, frame(104, 2, u32(0), u32(NO_FID), 'x\ny', '', u32(0)));
    expect(logOf(boss).at(-1)).toBe("attach denied role=unknown session=2 error=Invalid: unknown role string 'x?y'");
  });
});
