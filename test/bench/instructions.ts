// SPDX-License-Identifier: Apache-2.0
/**
 * Instructions that the image spends on a client's operation, over all domains and the kernel: what the speed of a host does not change.
 * As a command it shows where they go: `node --import tsx test/bench/instructions.ts [LINES]`.
 */
import { dirname, join } from 'node:path';
import { ROOT } from '../support/build.ts';
import { getattr, oneAfterAnother, pipelined, read, type Result } from './network.ts';
import { byProgram, bySource, Profile, shares, total, type Span } from './profile/profile.ts';
import { T } from '../boot/network/clients/nine.ts';
import { Network, networkImage } from '../boot/network/system.ts';

const LIFE_MS = 180_000;
/** Beyond the turns in which a domain looks at its stack each time. */
const WARM_UP = 2000;
const COUNT = 2000;

const ECHO_LINE = 'ECHO /log/queen.log bench';

interface Operation {
  name: string;
  run: (network: Network, count: number, between: () => void) => Promise<void>;
}

async function onConsole(
  network: Network,
  line: string,
  last: string,
  count: number,
  between: () => void,
): Promise<void> {
  const client = await network.queen();
  await oneAfterAnother(client, line, last, WARM_UP);
  between();
  await oneAfterAnother(client, line, last, count);
  client.close();
}

const OPERATIONS: Operation[] = [
  {
    name: 'net.instructions.ping',
    run: (network, count, between) => onConsole(network, 'PING', 'PONG', count, between),
  },
  {
    name: 'net.instructions.cat',
    run: (network, count, between) => onConsole(network, 'CAT /proc/lifecycle/state', 'END', count, between),
  },
  {
    name: 'net.instructions.echo',
    run: (network, count, between) =>
      onConsole(network, ECHO_LINE, 'OK ECHO path=/log/queen.log bytes=5', count, between),
  },
  {
    name: 'net.instructions.9p_getattr_pipelined',
    run: async (network, count, between) => {
      const client = await network.nine();
      await pipelined(client, getattr, T.getattr, WARM_UP);
      between();
      await pipelined(client, getattr, T.getattr, count);
      client.close();
    },
  },
  {
    name: 'net.instructions.9p_read_pipelined',
    run: async (network, count, between) => {
      const client = await network.nine();
      const fid = await client.open('/proc/lifecycle/state');
      await pipelined(client, read(fid, 512), T.read, WARM_UP);
      between();
      await pipelined(client, read(fid, 512), T.read, count);
      client.close();
    },
  },
];

type Show = (name: string, spans: Span[], count: number, outDir: string) => void;

export async function networkInstructions(show?: Show): Promise<Result[]> {
  const options = await networkImage({ name: 'devkernel' });
  const outDir = dirname(options.image);
  const profile = new Profile(join(ROOT, 'out/test/bench/profile'), outDir);
  const network = await Network.start('bench/instructions', {
    ...options,
    extra_args: profile.args,
    timeout_ms: LIFE_MS,
  });
  try {
    const results: Result[] = [];
    for (const { name, run } of OPERATIONS) {
      await run(network, COUNT, () => profile.start());
      const spans = profile.stop();
      results.push({ name, value: total(spans) / COUNT, unit: 'instructions' });
      show?.(name, spans, COUNT, outDir);
    }
    return results;
  } finally {
    await network.stop();
  }
}

function print(lines: number): Show {
  return (name, spans, count, outDir) => {
    const ways: [string, (span: Span) => string][] = [
      ['programs', byProgram],
      ['functions', (span) => `${span.program} ${span.function}`],
      ['source lines', bySource(spans, outDir)],
    ];
    process.stdout.write(`\n${name}: ${Math.round(total(spans) / count)} instructions\n`);
    for (const [what, where] of ways) {
      process.stdout.write(`  by ${what}\n`);
      for (const share of shares(spans, where).slice(0, lines)) {
        process.stdout.write(`    ${String(Math.round(share.instructions / count)).padStart(8)}  ${share.where}\n`);
      }
    }
  };
}

if (import.meta.filename === process.argv[1]) await networkInstructions(print(Number(process.argv[2] ?? 15)));
