// SPDX-License-Identifier: Apache-2.0
/** The command line and the environment of cohsh become settings, or one clear line about what is wrong. */
import { parseArgs } from 'node:util';
import { type Override, overrideNumber, parseRole, ROLES, type Role, type Scope, VERBS } from '../client/index.ts';
import { UsageError } from './errors.ts';
import { FLAG_TABLE, type FlagName } from './flags.ts';

export type TransportName = 'tcp' | '9p' | 'qemu' | 'mock';
const TRANSPORTS: readonly TransportName[] = ['tcp', '9p', 'qemu', 'mock'];

export interface MintSettings {
  role: Role;
  subject?: string;
  config: string;
  secret?: string;
  scopes: readonly Scope[];
  quotas: { bandwidth_bytes: bigint; cursor_resumes: number; cursor_advances: number };
  budget: { ticks?: bigint; ops?: bigint; ttl_s?: bigint };
}

export type Mode =
  | { kind: 'help' }
  | { kind: 'version' }
  | { kind: 'shell' }
  | { kind: 'script'; file: string }
  | { kind: 'check'; file: string }
  | { kind: 'mint'; mint: MintSettings }
  | { kind: 'diagnose'; words: readonly string[] };

/** Values that go before those of the policy file and of the environment. */
export type PolicyOverrides = Partial<Record<Override, number>>;

export interface Settings {
  mode: Mode;
  transport: TransportName;
  attach?: { role: Role; ticket?: string };
  tcp: { host: string; port: number; authToken: string; debug: boolean };
  nine: { port: number };
  mock: { seedGpu: boolean };
  qemu: { bin: string; outDir: string; gic: 2 | 3; args: readonly string[] };
  policyPath?: string;
  overrides: PolicyOverrides;
  recordTrace?: string;
  replayTrace?: string;
  json: boolean;
  color: boolean;
  verbose: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What was given: flags first, then the environment. */
class Given {
  readonly positionals: readonly string[];
  private readonly values: ReadonlyMap<string, readonly string[]>;
  private readonly env: Environment;

  constructor(argv: readonly string[], env: Environment) {
    const { values, positionals } = readFlags(argv);
    this.values = values;
    this.positionals = positionals;
    this.env = env;
  }

  /** Given as a flag. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  flag(name: FlagName): string | undefined {
    return this.values.get(name)?.[0];
  }

  all(name: FlagName): readonly string[] {
    return this.values.get(name) ?? [];
  }

  variable(name: string): string | undefined {
    const value = this.env[name];
    return value === '' ? undefined : value;
  }

  /** The flag, or its environment variable. */
  text(name: FlagName): string | undefined {
    const { env } = FLAG_TABLE[name] ?? {};
    return this.flag(name) ?? (env === undefined ? undefined : this.variable(env));
  }

  /** A whole number within bounds, from the flag or from its environment variable. */
  number(name: FlagName, max: number, min = 0): number | undefined {
    const flag = this.flag(name);
    if (flag !== undefined) return checkedNumber(`--${name}`, flag, min, max);
    const { env } = FLAG_TABLE[name] ?? {};
    const value = env === undefined ? undefined : this.variable(env);
    return value === undefined || env === undefined ? undefined : checkedNumber(env, value, min, max);
  }

  bigint(name: FlagName, bits: number): bigint | undefined {
    const flag = this.flag(name);
    if (flag === undefined) return undefined;
    if (!/^\d{1,20}$/.test(flag)) throw new UsageError(`invalid --${name} value '${flag}': not a whole number`);
    if (BigInt(flag) >= 1n << BigInt(bits)) throw new UsageError(`invalid --${name} value '${flag}': too large`);
    return BigInt(flag);
  }
}

/** `invalid KEY value 'v': …`. */
function checkedNumber(key: string, text: string, min: number, max: number): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`invalid ${key} value '${text}': not a whole number`);
  const value = Number(text);
  if (value >= min && value <= max) return value;
  throw new UsageError(`invalid ${key} value '${text}': must be ${min} to ${max}`);
}

function readFlags(argv: readonly string[]): { values: Map<string, string[]>; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(FLAG_TABLE).map(([name, { type, short }]) => [
      name,
      { type, multiple: true, ...(short === undefined ? {} : { short }) },
    ]),
  );
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(firstSentence(error), { fix: 'cohsh --help lists the flags' });
  }
  const values = new Map<string, string[]>();
  for (const [name, value] of Object.entries(parsed.values)) {
    const list = (Array.isArray(value) ? value : [value]).map(String);
    if (list.length > 1 && FLAG_TABLE[name]?.type === 'string' && FLAG_TABLE[name].multiple !== true) {
      throw new UsageError(`--${name} is given twice`);
    }
    values.set(name, list);
  }
  return { values, positionals: parsed.positionals };
}

/** Node's messages go on with advice that does not fit here. */
function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const first = message.split('\n')[0]?.split(/\. /)[0] ?? message;
  return first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, '');
}

function checkCombinations(given: Given): void {
  for (const [name, { needs = [], conflicts = [] }] of Object.entries(FLAG_TABLE)) {
    if (!given.has(name)) continue;
    for (const other of conflicts) {
      if (given.has(other)) throw new UsageError(`--${name} cannot be used with --${other}`);
    }
    for (const other of needs) {
      if (!given.has(other)) throw new UsageError(`--${name} needs --${other}`);
    }
  }
}

function role(text: string): Role {
  const found = parseRole(text);
  if (found === undefined) throw new UsageError(`unknown role '${text}'`, { fix: `one of ${ROLES.join(', ')}` });
  return found;
}

/** `/log:read:5`; the path itself may have colons. */
function scope(text: string): Scope {
  const bad = (why: string) => new UsageError(`invalid --ticket-scope '${text}': ${why}`);
  const match = /^(.*?):(read|write|read-write|r|w|rw)(?::(\d+))?$/.exec(text);
  if (match === null) throw bad('expected PATH:VERB[:RATE], VERB one of read, write, read-write');
  const [, path = '', word = '', rate = '0'] = match;
  if (path !== '' && !path.startsWith('/')) throw bad('the path must be absolute');
  if (path.split('/').includes('..')) throw bad("the path must not have '..'");
  const verb = VERBS.find((name) => name === word || name.replace(/(\w)\w*-?/g, '$1') === word) ?? 'read';
  const rate_per_s = Number(rate);
  if (rate_per_s > 0xffff_ffff) throw bad('the rate is too large');
  return { path, verb, rate_per_s };
}

function mintSettings(given: Given): MintSettings {
  const label = given.flag('role');
  if (label === undefined) throw new UsageError('--mint-ticket needs --role');
  const subject = given.flag('ticket-subject');
  const secret = given.text('ticket-secret');
  const [ticks, ops, ttl_s] = (['ticket-ticks', 'ticket-ops', 'ticket-ttl-s'] as const).map((n) => given.bigint(n, 64));
  return {
    role: role(label),
    ...(subject === undefined ? {} : { subject }),
    config: given.text('ticket-config') ?? 'configs/root_task.toml',
    ...(secret === undefined ? {} : { secret }),
    scopes: given.all('ticket-scope').map(scope),
    quotas: {
      bandwidth_bytes: given.bigint('ticket-bandwidth', 64) ?? 0n,
      cursor_resumes: Number(given.bigint('ticket-cursor-resumes', 32) ?? 0n),
      cursor_advances: Number(given.bigint('ticket-cursor-advances', 32) ?? 0n),
    },
    budget: {
      ...(ticks === undefined ? {} : { ticks }),
      ...(ops === undefined ? {} : { ops }),
      ...(ttl_s === undefined ? {} : { ttl_s }),
    },
  };
}

function mode(given: Given): Mode {
  if (given.has('help')) return { kind: 'help' };
  if (given.has('version')) return { kind: 'version' };
  const [word, ...words] = given.positionals;
  if (word === 'diagnose') return { kind: 'diagnose', words };
  const extra = word === 'mint' ? words[0] : word;
  if (extra !== undefined)
    throw new UsageError(`unexpected argument '${extra}'`, { fix: 'cohsh --help shows the usage' });
  if (given.has('mint-ticket')) return { kind: 'mint', mint: mintSettings(given) };
  const check = given.flag('check');
  if (check !== undefined) return { kind: 'check', file: check };
  const script = given.flag('script');
  return script === undefined ? { kind: 'shell' } : { kind: 'script', file: script };
}

function transport(given: Given): TransportName {
  const text = given.flag('transport') ?? 'tcp';
  const found = TRANSPORTS.find((name) => name === text);
  if (found === undefined)
    throw new UsageError(`unknown transport '${text}'`, { fix: `one of ${TRANSPORTS.join(', ')}` });
  return found;
}

const OVERRIDE_FLAGS = {
  'pool-control-sessions': 'pool_control_sessions',
  'pool-telemetry-sessions': 'pool_telemetry_sessions',
  'retry-max-attempts': 'retry_max_attempts',
  'retry-backoff-ms': 'retry_backoff_ms',
  'retry-ceiling-ms': 'retry_ceiling_ms',
  'retry-timeout-ms': 'retry_timeout_ms',
  'heartbeat-interval-ms': 'heartbeat_interval_ms',
} as const satisfies Readonly<Record<string, Override>>;

/** The environment's are read where the policy is (overridePolicy). */
function overrides(given: Given): PolicyOverrides {
  const found: PolicyOverrides = {};
  for (const [name, key] of Object.entries(OVERRIDE_FLAGS) as [keyof typeof OVERRIDE_FLAGS, Override][]) {
    const text = given.flag(name);
    if (text !== undefined) found[key] = overrideNumber(`--${name}`, text);
  }
  return found;
}

const PORT_MAX = 65_535;

/** The environment goes before the flag: for wrappers that move the port of everything that they start. */
function tcpPort(given: Given): number {
  const flag = given.number('tcp-port', PORT_MAX, 1);
  const value = given.variable('COHSH_TCP_PORT');
  return value === undefined ? (flag ?? 31337) : checkedNumber('COHSH_TCP_PORT', value, 1, PORT_MAX);
}

function qemu(given: Given): Settings['qemu'] {
  const gic = given.flag('qemu-gic-version') ?? '2';
  if (gic !== '2' && gic !== '3') throw new UsageError(`invalid --qemu-gic-version value '${gic}': must be 2 or 3`);
  const words =
    given
      .variable('COHSH_QEMU_ARGS')
      ?.split(/\s+/)
      .filter((word) => word !== '') ?? [];
  return {
    bin: given.flag('qemu-bin') ?? 'qemu-system-aarch64',
    outDir: given.flag('qemu-out-dir') ?? 'out/qemu-virt',
    gic: gic === '2' ? 2 : 3,
    args: [...words, ...given.all('qemu-arg')],
  };
}

/** `0`, `false`, `off` and `no` switch a variable off. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && !/^(0|false|off|no)$/i.test(value);
}

/** `cohsh mint …` stands for `cohsh --mint-ticket …`. */
function expandMint(argv: readonly string[]): readonly string[] {
  return argv[0] === 'mint' && !argv.includes('--mint-ticket') ? ['mint', '--mint-ticket', ...argv.slice(1)] : argv;
}

/** Reads the command line; throws UsageError. */
export function parseSettings(argv: readonly string[], env: Environment): Settings {
  const given = new Given(argv[0] === 'diagnose' ? protectWords(argv) : expandMint(argv), env);
  const chosen = mode(given);
  if (chosen.kind === 'help' || chosen.kind === 'version') return settings(given, chosen);
  checkCombinations(given);
  const result = settings(given, chosen);
  checkPorts(given, result.transport);
  const traces = result.recordTrace !== undefined || result.replayTrace !== undefined;
  if (traces && result.transport !== 'mock') throw new UsageError('trace record/replay requires --transport mock');
  return result;
}

/** Two ports lead to a node; one that nobody would connect to is a mistake. */
function checkPorts(given: Given, way: TransportName): void {
  const [tcp, nine] = [given.has('tcp-port'), given.has('9p-port')];
  if (way === '9p' && tcp && !nine) {
    throw new UsageError('--tcp-port is the console: --transport 9p connects to --9p-port', {
      fix: 'say --9p-port, or leave --transport 9p away',
    });
  }
  if (way === 'tcp' && nine && !tcp) {
    throw new UsageError('--9p-port is for --transport 9p', { fix: 'add --transport 9p, or say --tcp-port' });
  }
}

/** A fault report may hold words that look like flags. */
function protectWords(argv: readonly string[]): readonly string[] {
  const [first = '', ...words] = argv;
  return words.some((word) => /^(--help|-h)$/.test(word)) ? ['--help'] : [first, '--', ...words];
}

function settings(given: Given, chosen: Mode): Settings {
  const label = given.flag('role');
  const ticket = given.flag('ticket');
  const policyPath = given.text('policy');
  const recordTrace = given.flag('record-trace');
  const replayTrace = given.flag('replay-trace');
  return {
    mode: chosen,
    transport: transport(given),
    ...(label === undefined ? {} : { attach: { role: role(label), ...(ticket === undefined ? {} : { ticket }) } }),
    tcp: {
      host: given.text('tcp-host') ?? '127.0.0.1',
      port: tcpPort(given),
      authToken: given.text('auth-token') ?? 'changeme',
      debug: given.has('tcp-debug') || isOn(given.variable('COHSH_TCP_DEBUG')),
    },
    nine: { port: given.number('9p-port', PORT_MAX, 1) ?? 564 },
    mock: { seedGpu: given.has('mock-seed-gpu') },
    qemu: qemu(given),
    ...(policyPath === undefined ? {} : { policyPath }),
    overrides: overrides(given),
    ...(recordTrace === undefined ? {} : { recordTrace }),
    ...(replayTrace === undefined ? {} : { replayTrace }),
    json: given.has('json'),
    color: !given.has('no-color') && given.variable('NO_COLOR') === undefined,
    verbose: given.has('verbose'),
  };
}
