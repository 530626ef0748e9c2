// SPDX-License-Identifier: Apache-2.0
/**
 * The namespace as the component declares it, as a Markdown table: walked in the wasm by a queen and by a worker. Run with
 * --write it puts the table into docs/namespace.md, and the table of errors into docs/secure9p.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nineDoorModule, ROOT } from '../../unit/ninedoor/build.ts';
import { Client } from '../../unit/ninedoor/client.ts';
import { Machine } from '../../unit/ninedoor/machine.ts';
import { KEYS, mint } from '../../unit/ninedoor/tickets.ts';

const DIRECTORY = 0o040000;
/** Directories of which one child stands for all. */
const SAMPLES: Record<string, [string, string]> = {
  '/proc': ['worker-1', '<worker>'],
  '/proc/domains': ['uart', '<domain>'],
  '/proc/9p/session': ['1', '<session>'],
  '/queen/telemetry': ['device', '<device>'],
  '/queen/telemetry/device/seg': ['seg-000001', '<segment>'],
  '/shard': ['13', '<label>'],
  '/shard/13/worker': ['worker-1', '<worker>'],
  '/worker': ['worker-1', '<worker>'],
};

interface Row {
  path: string;
  directory: boolean;
  queen: string;
  worker: string;
}

function letters(mode: number | undefined): string {
  if (mode === undefined) return '–';
  if ((mode & DIRECTORY) !== 0) return 'list';
  return (mode & 0o400 ? 'read ' : '').concat(mode & 0o200 ? 'append' : '').trim();
}

function modeOf(client: Client, path: string): number | undefined {
  let mode: number | undefined;
  client.refusal((c) => (mode = c.getattr(path).mode));
  return mode;
}

export async function namespaceRows(): Promise<Row[]> {
  const machine = new Machine(await nineDoorModule(), { keys: KEYS });
  const queen = new Client(machine, 'linux').attach();
  queen.write('/queen/ctl', '{"spawn":"heartbeat","ticks":1}');
  queen.write('/queen/telemetry/device/ctl', '{"new":"segment"}');
  const worker = new Client(machine, 'linux').attach('worker-heartbeat', mint({ role: 1, subject: 'worker-1' }));
  const rows: Row[] = [];
  const open: [string, string][] = [['', '']];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, pattern] = next;
    const mode = modeOf(queen, path) ?? 0;
    const directory = (mode & DIRECTORY) !== 0;
    rows.push({
      path: pattern === '' ? '/' : pattern,
      directory,
      queen: letters(mode),
      worker: letters(modeOf(worker, path)),
    });
    if (!directory) continue;
    const sample = SAMPLES[path];
    const names = queen
      .list(path)
      .filter((name) => name !== sample?.[0] && !/^(worker-\d+|\d+|[0-9a-f]{2}|device|seg-\d+)$/.test(name));
    const children: [string, string][] = names.map((name) => [`${path}/${name}`, `${pattern}/${name}`]);
    if (sample !== undefined) children.push([`${path}/${sample[0]}`, `${pattern}/${sample[1]}`]);
    open.push(...children.reverse());
  }
  return rows;
}

export function namespaceTable(rows: readonly Row[]): string {
  const lines = rows.map(({ path, directory, queen, worker }) => {
    return `| \`${path}${directory && path !== '/' ? '/' : ''}\` | ${queen} | ${worker} |`;
  });
  return ['| Path | queen | worker `worker-1` |', '| --- | --- | --- |', ...lines].join('\n');
}

/** The table of errors, read from its only place. */
export function errorTable(): string {
  const source = readFileSync(join(ROOT, 'ninedoor/wire/errors.ts'), 'utf8');
  const codes = new Map<string, number>();
  const cases = new Map<string, string>();
  for (const [, name = '', number, what = ''] of source.matchAll(
    /^export const ([A-Z_]+): u32 = (\d+);(?: \/\/ (.*))?/gm,
  )) {
    cases.set(name, what);
    codes.set(name, Number(number));
  }
  const ends = [...source.matchAll(/if \(code <= ([A-Z_]+)\) return '(\w+)';/g)].map(
    ([, last = '', name = '']) => [codes.get(last) ?? 0, name] as const,
  );
  const last = /\n {2}return '(\w+)';\n}/.exec(source)?.[1] ?? '';
  const numbers = new Map<string, string>();
  for (const [, name = '', number = '', text = ''] of source.matchAll(/case ([A-Z_]+):\s+return (\d+); \/\/ (\w+)/g)) {
    numbers.set(name, `${text} (${number})`);
  }
  const other = /default:\s+return (\d+); \/\/ (\w+)/.exec(source);
  const rows = [...codes]
    .filter(([name]) => name !== 'NONE')
    .map(([name, code]) => {
      const label = ends.find(([end]) => code <= end)?.[1] ?? last;
      const errno = numbers.get(name) ?? `${other?.[2]} (${other?.[1]})`;
      return `| ${label} | ${cases.get(name)} | ${errno} |`;
    });
  return ['| Code in Rerror | Case | errno in Rlerror |', '| --- | --- | --- |', ...rows].join('\n');
}

export function between(text: string, name: string): string {
  const begin = `<!-- ${name}:begin -->\n`;
  const end = `\n<!-- ${name}:end -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the markers of ${name} are missing`);
  return text.slice(from + begin.length, to);
}

/** Whitespace inside table cells is the formatter's business. */
export function squeeze(table: string): string {
  return table.replace(/ +/g, ' ').replace(/-+/g, '-').trim();
}

if (process.argv[2] === '--write') {
  const put = (file: string, name: string, content: string): void => {
    const path = join(ROOT, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      text.replace(between(text, name), () => `\n${content}\n`),
    );
  };
  put('docs/namespace.md', 'namespace', namespaceTable(await namespaceRows()));
  put('docs/secure9p.md', 'errors', errorTable());
}
