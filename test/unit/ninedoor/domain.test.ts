// SPDX-License-Identifier: Apache-2.0
/** NineDoor's domain: who may call what, whose sessions are whose, and what ends with whom. */
import { beforeAll, describe, expect, it } from 'vitest';
import { SimSystem } from '../../sim/system.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MANIFEST, ROOT, simulationModules, VERSION, type Modules } from '../../support/build.ts';

const HEARTBEAT = 1n;
const P9_OPEN = 2n;
const P9_FRAME = 3n;
const P9_CLOSE = 4n;
const AUDIT = 5n;
const NETSTATS = 7n;
const OK = 0n;
const INVALID = 1n;
const NOT_FOUND = 2n;
const BUSY = 3n;
const PERMISSION = 4n;
const CLOSED = 5n;
const TOO_BIG = 6n;
const CLIENT_BADGE = 1n << 62n;

let modules: Modules;
beforeAll(async () => {
  modules = await simulationModules();
});

/** Calls NineDoor as an instance. */
function caller(system: SimSystem, instance: number) {
  return (label: bigint, ...words: bigint[]) =>
    system.ninedoor.serve(CLIENT_BADGE | BigInt(instance), { label, words });
}

function instanceOf(name: string): number {
  const found = modules.layout.domains.find((domain) => domain.name === name);
  if (found === undefined) throw new Error(`there is no domain ${name}`);
  return found.firstInstance;
}

/** Puts a request into the console's buffer, as NineDoor sees it. */
function put(system: SimSystem, bytes: Uint8Array): void {
  system.ninedoor.memory.bytes.set(bytes, Number(modules.constants('ninedoor')['CONSOLE_9P_OFFSET']));
}

describe('calls', () => {
  it('are refused when they are none', () => {
    const call = caller(new SimSystem(modules), instanceOf('console'));
    for (const label of [0n, 9n, 1n << 40n, (1n << 32n) | P9_OPEN])
      expect(call(label, 1n, 1n).label, `${label}`).toBe(INVALID);
  });

  it('of clients without a buffer are heartbeats only', () => {
    const call = caller(new SimSystem(modules), instanceOf('worker-heartbeat'));
    for (const label of [P9_OPEN, P9_FRAME, P9_CLOSE, AUDIT]) expect(call(label, 0n, 1n).label).toBe(INVALID);
    expect(call(HEARTBEAT, 1n).label, 'of a place where no worker runs').toBe(NOT_FOUND);
    expect(call(HEARTBEAT).label).toBe(NOT_FOUND);
  });

  it('with a length that no buffer has are refused', () => {
    const call = caller(new SimSystem(modules), instanceOf('console'));
    const session = call(P9_OPEN).words[0] ?? 0n;
    for (const bytes of [8193n, 1n << 32n, (1n << 64n) - 1n])
      expect(call(P9_FRAME, bytes, session).label).toBe(TOO_BIG);
    expect(call(AUDIT, 513n, 0n).label).toBe(TOO_BIG);
  });
});

describe('sessions', () => {
  it('are known by their handle only, until they are closed', () => {
    const call = caller(new SimSystem(modules), instanceOf('console'));
    const { label, words } = call(P9_OPEN);
    expect(label).toBe(OK);
    const session = words[0] ?? 0n;
    expect(call(P9_FRAME, 0n, session).label).toBe(OK);
    for (const other of [0n, session + 1n, session & 0xffff_ffffn, session + (1n << 32n)]) {
      expect(call(P9_FRAME, 0n, other).label, `${other}`).toBe(CLOSED);
      expect(call(P9_CLOSE, 0n, other).label).toBe(CLOSED);
    }
    expect(call(P9_CLOSE, 0n, session).label).toBe(OK);
    expect(call(P9_FRAME, 0n, session).label).toBe(CLOSED);
    expect(call(P9_CLOSE, 0n, session).label).toBe(CLOSED);
  });

  it('are bounded, and end with their client', () => {
    const system = new SimSystem(modules);
    const call = caller(system, instanceOf('console'));
    const opened: bigint[] = [];
    for (;;) {
      const { label, words } = call(P9_OPEN);
      if (label !== OK) {
        expect(label).toBe(BUSY);
        break;
      }
      opened.push(words[0] ?? 0n);
    }
    expect(opened).toHaveLength(48);
    expect(new Set(opened).size).toBe(48);
    system.consoleGeneration += 1n;
    expect(call(P9_FRAME, 0n, opened[0] ?? 0n).label).toBe(CLOSED);
    expect(call(P9_OPEN).label).toBe(OK);
    for (const session of opened) expect(call(P9_FRAME, 0n, session).label).toBe(CLOSED);
  });

  it('do not survive NineDoor, though their numbers come again', () => {
    const system = new SimSystem(modules);
    const before = caller(system, instanceOf('console'))(P9_OPEN).words[0] ?? 0n;
    system.restartNineDoor();
    const call = caller(system, instanceOf('console'));
    const after = call(P9_OPEN).words[0] ?? 0n;
    expect(after & 0xffff_ffffn).toBe(before & 0xffff_ffffn);
    expect(call(P9_FRAME, 0n, before).label).toBe(CLOSED);
    expect(call(P9_FRAME, 0n, after).label).toBe(OK);
  });
});

describe('what the system says of itself', () => {
  /** A word of net's table of counters. */
  function setCounter(system: SimSystem, index: number, value: bigint): void {
    const at = Number(modules.constants('ninedoor')['NET_COUNTERS_OFFSET']) + 8 * index;
    system.ninedoor.memory.view.setBigUint64(at, value, true);
  }

  it('netstats: five lines, or none without a card', () => {
    const system = new SimSystem(modules);
    const call = caller(system, instanceOf('console'));
    expect(call(NETSTATS, 0n).label).toBe(BUSY);
    for (let index = 0; index < 21; index++) setCounter(system, index, BigInt(index));
    setCounter(system, 22, 1n);
    const told = (): string => {
      const { label, words } = call(NETSTATS, 0n);
      expect(label).toBe(OK);
      const at =
        Number(modules.constants('ninedoor')['CONSOLE_9P_OFFSET']) +
        Number(modules.constants('ninedoor')['CONSOLE_9P_BYTES']) / 2;
      return Buffer.from(system.ninedoor.memory.bytes.slice(at, at + Number(words[0]))).toString();
    };
    expect(told().split('\n')).toEqual([
      'netstats: rx_pkts=0 tx_pkts=1 rx_used=2 tx_used=3 polls=4',
      'netstats: udp_rx=5 udp_tx=6 tcp_accepts=7 tcp_rx_bytes=8 tcp_tx_bytes=9',
      'netstats: tcp_smoke_out=10 tcp_smoke_out_failures=11',
      'netstats: tx_submit=12 tx_complete=13 tx_free=14 tx_in_flight=15 tx_double_submit=16 tx_zero_len_attempt=17',
      'nettest: enabled=true running=true last=None',
    ]);
    setCounter(system, 20, 0b1011n);
    const last = 'last=Some(NetSelfTestResult { tx_ok: true, udp_echo_ok: false, tcp_ok: true })';
    expect(told().endsWith(` running=true ${last}`)).toBe(true);
  });

  it('/proc/net shows what net counts', () => {
    const system = new SimSystem(modules);
    setCounter(system, 0, 1234n);
    system.type('attach queen\r');
    expect(system.type('cat /proc/net/counters\r')).toContain('\r\nrx_pkts=1234\r\ntx_pkts=0\r\n');
  });

  it('/proc/domains has a file for each static domain', () => {
    const system = new SimSystem(modules);
    system.type('attach queen\r');
    const files = ['console', 'net', 'ninedoor', 'uart'];
    expect(system.type('ls /proc/domains\r')).toContain(`entries=4\r\n${files.join('\r\n')}\r\nEND`);
    for (const name of files) {
      const text = system.type(`cat /proc/domains/${name}\r`);
      expect(text).toMatch(/\r\nstate=running\r\ngeneration=1\r\nfaults=0\r\nrestarts=0\r\nobjects=[1-9]\d*\r\n/);
      expect(text).toMatch(/memory_bytes=[1-9]\d*\r\nheap_high_water_bytes=\d+\r\nstack_high_water_bytes=\d+\r\n/);
      expect(text).toMatch(/stack_bytes=[1-9]\d*\r\nlast_fault=none\r\nEND/);
    }
  });

  it('/proc/domains keeps the last fault', () => {
    const system = new SimSystem(modules);
    system.type('attach queen\r');
    const fault = (pc: bigint): void => {
      // A VM fault: instruction, address, whether it was a prefetch, status.
      system.root.fault(instanceOf('net'), 5n, [pc, 0x10n, 0n, 0n]);
    };
    fault(0x40100n);
    const report = 'last_fault=[fault] domain=net generation=1 kind=invalid address pc=0x40100 addr=0x10';
    expect(system.type('cat /proc/domains/net\r')).toContain(`state=backoff\r\ngeneration=1\r\nfaults=1\r\n`);
    expect(system.type('cat /proc/domains/net\r')).toContain(`\r\n${report}\r\n`);
    expect(system.type('cat /proc/domains/uart\r')).toContain('last_fault=none\r\n');
    system.advance(1000n);
    fault(0x40204n);
    expect(system.type('cat /proc/domains/net\r')).toContain(`generation=2\r\nfaults=2\r\nrestarts=1\r\n`);
    expect(system.type('cat /proc/domains/net\r')).toContain('generation=2 kind=invalid address pc=0x40204 ');
  });

  it('/proc/boot ends with the build and the check of the layout', () => {
    const system = new SimSystem(modules);
    system.type('attach queen\r');
    const shown = system.type('cat /proc/boot\r');
    expect(shown).toMatch(/\r\nbuild=\S+ \(\S+\)\r\nlayout verified caps=[1-9]\d*\r\nEND/);
    expect(shown).toContain(`build=${VERSION.version} (${VERSION.commit})\r\n`);
  });
});

it('an audit line stays one line', () => {
  const system = new SimSystem(modules);
  const line = Buffer.from('one\ntwo\x1b[2J\x7f');
  put(system, line);
  expect(caller(system, instanceOf('console'))(AUDIT, BigInt(line.length), 0n).label).toBe(OK);
  system.type('attach queen\r');
  expect(system.type('tail /log/queen.log\r')).toContain('\r\none?two?[2J?\r\n');
});

it('worker numbers are those of the root task, also after another one spawned', () => {
  const system = new SimSystem(modules);
  system.type('attach queen\r');
  // Somebody else who may spawn: the root task's count moves on.
  const spawned = system.root.call(instanceOf('ninedoor'), 3n, [1n, 0n, 0n, 0n]);
  expect(spawned.words[0]).toBe(1n);
  system.type('spawn {"spawn":"heartbeat","ticks":5}\r');
  expect(system.type('ls /worker\r')).toContain('entries=1\r\nworker-2\r\n');
  expect(system.beat(2n, 1n)).toBe(OK);
  expect(system.type('kill worker-2\r')).toContain('OK KILL');
});

it('heartbeats are records in CBOR where the manifest says so', async () => {
  const folder = join(ROOT, 'out/test/cbor-telemetry');
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, 'manifest.toml');
  writeFileSync(manifest, `extends = ${JSON.stringify(MANIFEST)}\n[telemetry]\nframe_schema = "cbor-v1"\n`);
  const system = new SimSystem(await simulationModules(manifest, 'cbor-telemetry'));
  system.type('attach queen\r');
  system.type('spawn {"spawn":"heartbeat","ticks":5}\r');
  expect(system.beat(1n, 7n)).toBe(OK);
  // The acknowledgement cuts its summary; the body behind it is whole.
  const shown = [...system.type('cat /worker/worker-1/telemetry\r').matchAll(/b64:([A-Za-z0-9+/=]+)/g)];
  const frame = Buffer.from(shown.at(-1)?.[1] ?? '', 'base64');
  const text = (value: string): string => Buffer.from([0x60 + value.length, ...Buffer.from(value)]).toString('latin1');
  const start =
    ['schema', 'telemetry-frame/v1', 'worker_id', 'worker-1', 'role', 'worker-heartbeat', 'seq'].map(text).join('') +
    `\x07${text('emitted_ms')}\x1b`;
  expect(frame.toString('latin1').slice(1, 1 + start.length)).toBe(start);
  const end = Buffer.from(`${text('payload')}\xa1${text('tick')}\x07`, 'latin1');
  expect(frame.subarray(1 + start.length + 8).toString('hex')).toBe(end.toString('hex'));
});

it('has no doors for hosts, as the server in Node has', () => {
  const exports = WebAssembly.Module.exports(modules.ninedoor).map(({ name }) => name);
  expect(exports.filter((name) => ['gpuSeed', 'workerBeat'].includes(name))).toEqual([]);
});

describe('workers that NineDoor takes over when it is started again', () => {
  const spawned = (command: string): SimSystem => {
    const system = new SimSystem(modules);
    system.type('attach queen\r');
    expect(system.type(`spawn ${command}\r`)).toContain('OK SPAWN');
    system.restartNineDoor();
    return system;
  };
  const beats = (system: SimSystem, count: number): bigint[] =>
    Array.from({ length: count }, (_, i) => system.beat(1n, BigInt(i + 1)));

  it('keep the ticks that the root task counts as left', () => {
    expect(beats(spawned('{"spawn":"heartbeat","ticks":2}'), 3)).toEqual([OK, OK, PERMISSION]);
  });

  it('keep their operations', () => {
    const system = spawned('{"spawn":"heartbeat","ticks":9,"budget":{"ops":1}}');
    expect(beats(system, 2)).toEqual([OK, PERMISSION]);
    system.type('attach queen\r');
    expect(system.type('tail /log/queen.log\r')).toContain('revoked worker-1: operation budget exhausted');
  });

  it('keep no limit where there was none', () => {
    expect(beats(spawned('{"spawn":"heartbeat","ticks":18446744073709551615,"budget":{}}'), 20)).toEqual(
      Array(20).fill(OK),
    );
  });

  it('are all taken over, and their numbers go on', () => {
    const system = new SimSystem(modules);
    system.type('attach queen\r');
    for (let i = 0; i < 40; i++) system.type('spawn {"spawn":"heartbeat","ticks":5}\r');
    system.restartNineDoor();
    system.type('attach queen\r');
    expect(system.type('ls /worker\r')).toContain('OK LS path=/worker entries=40');
    system.type('spawn {"spawn":"heartbeat","ticks":5}\r');
    expect(system.type('ls /worker\r')).toContain('worker-41\r\n');
  });
});
