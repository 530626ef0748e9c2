// SPDX-License-Identifier: Apache-2.0
/**
 * `coh-image`: builds a bootable image from a manifest. Behind `make image` and `make boot`.
 * Exit codes: 0 built, 1 a diagnostic was printed, 2 wrong usage.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { versionLine } from '../../tools/version.ts';
import { renderReportTable } from './aot/report.ts';
import { buildImage } from './build/image.ts';
import { Failure } from '../../diagnostics/diagnostic.ts';
import { render } from '../../diagnostics/render.ts';
import { findBoard } from './image/boards.ts';
import { readPrefix } from './image/prefix.ts';

const USAGE = `usage: coh-image [--manifest FILE] [--board NAME] [--out DIR] [--sel4-prefix DIR] [--mode guard|bounds] [--quiet]
       coh-image --version
  --manifest FILE     root task manifest (configs/root_task.toml)
  --board NAME        board to build for (qemu-virt)
  --out DIR           where image.elf and its companions go (out/<board>)
  --sel4-prefix DIR   an installed seL4 tree: boot its kernel
  --mode guard|bounds how memory accesses are checked (guard: by unmapped pages)
`;

class UsageError extends Error {}

function readOptions(argv: string[]) {
  const parsed = (() => {
    try {
      return parseArgs({
        args: argv,
        options: {
          manifest: { type: 'string', default: 'configs/root_task.toml' },
          board: { type: 'string', default: 'qemu-virt' },
          out: { type: 'string' },
          'sel4-prefix': { type: 'string' },
          mode: { type: 'string', default: 'guard' },
          quiet: { type: 'boolean', default: false },
          version: { type: 'boolean', default: false },
        },
      }).values;
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  })();
  const { mode } = parsed;
  if (mode !== 'guard' && mode !== 'bounds') throw new UsageError(`--mode is guard or bounds, not ${mode}`);
  return { ...parsed, mode } as const;
}

async function main(argv: string[]): Promise<number> {
  const options = readOptions(argv);
  if (options.version) {
    process.stdout.write(versionLine('coh-image'));
    return 0;
  }
  const board = findBoard(options.board);
  const root = resolve(import.meta.dirname, '../..');
  const prefixPath = options['sel4-prefix'];
  const started_ms = performance.now();
  let steps = 0;
  const built = await buildImage({
    root,
    outDir: options.out ?? `out/${board.name}`,
    manifest: options.manifest,
    board,
    mode: options.mode,
    ...(prefixPath === undefined ? {} : { prefix: readPrefix(prefixPath, board) }),
    progress: (step) => {
      steps++;
      if (!options.quiet) process.stderr.write(`  ${step}\n`);
    },
  });
  if (!options.quiet) {
    const took_s = ((performance.now() - started_ms) / 1000).toFixed(1);
    process.stderr.write(renderReportTable(built.reports));
    process.stderr.write(`${built.output}: ${built.image.bytes} bytes, ${steps} steps, ${took_s} s\n`);
  }
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof UsageError) {
      process.stderr.write(`coh-image: ${error.message}\n${USAGE}`);
      process.exitCode = 2;
    } else if (error instanceof Failure) {
      for (const diagnostic of error.diagnostics) process.stderr.write(render(diagnostic));
      process.exitCode = 1;
    } else {
      throw error;
    }
  },
);
