#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/** cohsh, the operator's shell: what its command line asks for, from start to exit code. */
import { realpathSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { ClientError, DEFAULT_POLICY, findPolicy, loadPolicy, overridePolicy, type Policy } from '../client/index.ts';
import { type Environment, parseSettings, type Settings } from './args.ts';
import { runDiagnose } from './diagnose/index.ts';
import { CommandError, describe, UsageError } from './errors.ts';
import { usageText } from './flags.ts';
import { mint } from './mint.ts';
import { JsonOutput, type Output, type Streams, TextOutput } from './output.ts';
import { checkScript } from './script/check.ts';
import { loadScript, runScript } from './script/run.ts';
import { decodeScript, MAX_SCRIPT_BYTES } from './script/parse.ts';
import { Shell, type ShellSettings } from './shell.ts';
import { runLines, Terminal } from './terminal/index.ts';
import { narrate, type Opened, openTransport } from './transports.ts';
import { readBounded, refusalOf } from '../../tools/bounded-file.ts';
import { versionLine } from '../../tools/version.ts';

/** The world around the program. */
export interface Io extends Streams {
  env: Environment;
  input: NodeJS.ReadableStream;
  /** Where both ends are a terminal. */
  terminal?: { input: ReadStream; output: WriteStream };
  /** Ends what is running: Ctrl-C, SIGTERM. */
  signal?: AbortSignal;
}

const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Runs cohsh; returns its exit code. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let settings: Settings | undefined;
  try {
    settings = parseSettings(argv, io.env);
    return await run(settings, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(`cohsh: ${describe(error)}\n`);
      return EXIT.usage;
    }
    const output = settings?.json === true ? new JsonOutput(io) : new TextOutput(io);
    output.write({ kind: 'error', error });
    return error instanceof CommandError && error.interrupted ? EXIT.interrupted : EXIT.failed;
  }
}

async function run(settings: Settings, io: Io): Promise<number> {
  const { mode } = settings;
  switch (mode.kind) {
    case 'help':
      io.stdout(usageText());
      return EXIT.done;
    case 'version':
      io.stdout(versionLine('cohsh'));
      return EXIT.done;
    case 'mint': {
      const { token, warning } = mint(mode.mint);
      if (warning !== undefined) io.stderr(`[cohsh] ${warning}\n`);
      io.stdout(`${token}\n`);
      return EXIT.done;
    }
    case 'check':
      checkScript(readScript(mode.file));
      io.stdout(`check ok: ${mode.file}\n`);
      return EXIT.done;
    case 'diagnose':
      io.stdout(`${runDiagnose(mode.words).join('\n')}\n`);
      return EXIT.done;
    case 'script':
      return withShell(settings, io, new Front(settings, io), (shell, output) =>
        script(shell, output, mode.file, settings, io),
      );
    case 'shell':
      return interactive(settings, io);
  }
}

function readScript(file: string): string {
  let bytes;
  try {
    bytes = readBounded(file, MAX_SCRIPT_BYTES);
  } catch (cause) {
    throw new CommandError(`failed to read script ${file}${refusalOf(cause)}`, { cause });
  }
  return decodeScript(bytes);
}

function policyOf(settings: Settings, env: Environment): Policy {
  const path = settings.policyPath ?? findPolicy();
  const policy = path === undefined ? DEFAULT_POLICY : loadPolicy(path);
  try {
    return overridePolicy(policy, settings.overrides, env);
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'usage') throw error;
    throw new UsageError(error.message, { fix: error.fix });
  }
}

/** Where output goes: a pipe, or a terminal. */
class Front {
  readonly terminal: Terminal | undefined;
  readonly streams: Streams;
  readonly output: Output;

  constructor(settings: Settings, io: Io, keepAlive_ms?: number) {
    const { terminal } = io;
    const isTerminal = keepAlive_ms !== undefined && terminal !== undefined && !settings.json;
    if (isTerminal) {
      this.terminal = new Terminal({ ...terminal, noColour: !settings.color, keepAlive_ms, env: io.env });
    }
    this.streams = this.terminal?.streams ?? io;
    this.output = this.terminal?.output ?? (settings.json ? new JsonOutput(io) : new TextOutput(io));
  }
}

type Job = (shell: Shell, output: Output) => Promise<number>;

/** Opens the way to the node, runs the job, and lets go of the node whatever happens. */
async function withShell(
  settings: Settings,
  io: Io,
  front: Front,
  job: Job,
  policy = policyOf(settings, io.env),
): Promise<number> {
  const opened = await openTransport(settings, policy);
  narrate(opened.transport, front.streams, settings.tcp.debug || settings.verbose);
  const output = opened.watch(front.output);
  const shell = new Shell(opened.transport, output, shellSettings(settings, policy, opened));
  let code: number;
  try {
    code = await job(shell, output);
  } finally {
    await shell.close();
  }
  opened.finish();
  return code;
}

function shellSettings({ tcp }: Settings, policy: Policy, { another }: Opened): ShellSettings {
  return { tcpHost: tcp.host, tcpPort: tcp.port, policy, another };
}

async function script(shell: Shell, output: Output, file: string, settings: Settings, io: Io): Promise<number> {
  const statements = loadScript(readScript(file));
  if (settings.attach !== undefined) {
    await shell.attach(settings.attach.role, settings.attach.ticket, io.signal);
  }
  const signal = io.signal === undefined ? {} : { signal: io.signal };
  await runScript(statements, shell, output, signal);
  return EXIT.done;
}

async function interactive(settings: Settings, io: Io): Promise<number> {
  const policy = policyOf(settings, io.env);
  const front = new Front(settings, io, policy.heartbeat.interval_ms);
  const job: Job = async (shell, output) => {
    output.write({ kind: 'note', text: "Welcome to Cohesix. Type 'help' for commands." });
    const attached = await autoAttach(shell, output, front.streams, settings, io.signal);
    if (front.terminal !== undefined) return front.terminal.run(shell);
    const code = await runLines(shell, io.input, io.signal);
    if (io.signal?.aborted === true) return EXIT.interrupted;
    return attached ? code : EXIT.failed;
  };
  return withShell(settings, io, front, job, policy);
}

/** Attaches as the command line says; the shell goes on without a session if that fails: false. */
async function autoAttach(
  shell: Shell,
  output: Output,
  streams: Streams,
  { attach, transport, json }: Settings,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (attach !== undefined) {
    try {
      await shell.attach(attach.role, attach.ticket, signal);
      if (transport === 'tcp' || transport === 'qemu') await shell.run('tail /log/queen.log', signal);
      return true;
    } catch (error) {
      if (json) output.write({ kind: 'error', error });
      else streams.stderr(`[cohsh] ${transport.toUpperCase()} attach failed (attempt 1): ${describe(error)}\n`);
    }
  }
  output.write({ kind: 'note', text: "detached shell: run 'attach <role>' to connect" });
  return attach === undefined;
}

/** The process itself: its streams, and Ctrl-C where no terminal takes it. */
async function runProcess(): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const stop = new AbortController();
  // The reader is gone: there is nobody left to tell.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed));
  const io: Io = {
    env: process.env,
    input: stdin,
    stdout: (text) => void stdout.write(text),
    stderr: (text) => void stderr.write(text),
    signal: stop.signal,
    ...(stdin.isTTY && stdout.isTTY ? { terminal: { input: stdin, output: stdout } } : {}),
  };
  const argv = process.argv.slice(2);
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return main(argv, io);
}

function isMain(): boolean {
  const [, program] = process.argv;
  if (program === undefined) return false;
  try {
    return realpathSync(program) === realpathSync(fileURLToPath(import.meta.url));
  } catch {
    return false;
  }
}

if (isMain()) process.exitCode = await runProcess();
