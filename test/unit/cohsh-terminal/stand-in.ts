// SPDX-License-Identifier: Apache-2.0
/**
 * A program for the tests of the terminal: the shell is made up, so that everything an operator can meet can be called up by name.
 * `node --import tsx stand-in.ts [--pipe] [--no-color] [--silent-node]`
 */
import type { Output } from '../../../host/cohsh/output.ts';
import {
  runLines,
  Terminal,
  type CompletableCommand,
  type LineRunner,
  type Outcome,
} from '../../../host/cohsh/terminal/index.ts';

const TREE: Readonly<Record<string, readonly string[]>> = {
  '/': ['log', 'proc', 'queen', 'worker'],
  '/log': ['queen.log'],
  '/proc': ['boot', 'ingest', 'lifecycle'],
  '/worker': ['worker-1', 'worker-12', 'worker-2'],
};

const COMMANDS: readonly CompletableCommand[] = [
  { name: 'attach', arguments: [['queen', 'worker-heartbeat'], 'text'] },
  { name: 'cat', arguments: ['path'] },
  { name: 'crash' },
  { name: 'echo', arguments: ['redirect'], rest: true },
  { name: 'follow' },
  { name: 'later' },
  { name: 'ls', arguments: ['path'] },
  { name: 'pool bench', options: ['path=', 'ops='], values: { 'path=': 'path' } },
  { name: 'push', arguments: ['file'] },
  { name: 'quit' },
  { name: 'stuck' },
];

/** Set once there is an output. */
class MadeUpShell implements LineRunner {
  readonly commands = COMMANDS;
  private readonly output: Output;

  constructor(output: Output) {
    this.output = output;
  }

  list(path: string): Promise<readonly string[] | undefined> {
    return Promise.resolve(TREE[path]);
  }

  keepAlive(): Promise<void> {
    this.note('sign of life');
    return Promise.resolve();
  }

  async run(line: string, signal?: AbortSignal): Promise<Outcome> {
    const [verb = '', argument = ''] = line.split(/\s+/);
    if (verb === 'quit') {
      if (process.argv.includes('--silent-node')) return { ok: false };
      this.note('closing session');
      return { ok: true, exit: true };
    }
    if (verb === 'follow') return this.follow(signal);
    if (verb === 'stuck') return new Promise(() => undefined);
    if (verb === 'push') return this.push(argument === 'quiet');
    if (verb === 'fail') return { ok: false };
    if (verb === 'crash') setTimeout(() => notThere(), 50);
    if (verb === 'later') setTimeout(() => this.note('it came later'), Number(argument) || 300);
    if (verb === 'evil') this.note('\x1b]0;title\x07\x1b[2Jafter');
    this.note(`ran ${JSON.stringify(line)}`);
    return { ok: true };
  }

  private note(text: string): void {
    this.output.write({ kind: 'note', text });
  }

  private async follow(signal?: AbortSignal): Promise<Outcome> {
    for (let count = 1; signal?.aborted !== true; count++) {
      this.note(`followed ${count}`);
      await sleep(50);
    }
    this.note('no longer followed');
    return { ok: true };
  }

  private async push(quiet: boolean): Promise<Outcome> {
    for (let done = 0; done <= 4; done++) {
      this.output.write({ kind: 'progress', label: 'pushing', done: done * 1024, total: 4096, unit: 'bytes' });
      await sleep(done === 2 ? 700 : 20);
    }
    if (!quiet) this.note('pushed');
    return { ok: true };
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Nobody catches this. */
function notThere(): never {
  throw new Error('a bug');
}

const { argv, stdin, stdout } = process;
if (argv.includes('--pipe')) {
  const output: Output = { write: (event) => void (event.kind === 'note' && stdout.write(`${event.text}\n`)) };
  process.exitCode = await runLines(new MadeUpShell(output), stdin);
} else {
  const keepAlive_ms = Number(process.env['KEEP_ALIVE_MS'] ?? 0);
  const terminal = new Terminal({ input: stdin, output: stdout, noColour: argv.includes('--no-color'), keepAlive_ms });
  process.exit(await terminal.run(new MadeUpShell(terminal.output)));
}
