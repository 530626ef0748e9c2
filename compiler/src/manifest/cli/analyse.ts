// SPDX-License-Identifier: Apache-2.0
/** Commands of coh-rtc that answer questions about a manifest or a layout and write nothing. */
import { readFileSync } from 'node:fs';
import { capdl } from '../../analysis/capdl.ts';
import { graphDot, graphSvg } from '../../analysis/graph.ts';
import { memoryReport, renderMemory } from '../../analysis/memory.ts';
import { renderWhoCan, whoCan } from '../../analysis/who-can.ts';
import { Failure, failure } from '../../../../diagnostics/diagnostic.ts';
import { render } from '../../../../diagnostics/render.ts';
import { findBoard } from '../../image/boards.ts';
import { parseLayout } from '../../layout/emit/json.ts';
import type { Layout } from '../../layout/format.ts';
import type { DomainPlan } from '../../layout/plan.ts';
import { planDomains } from '../../layout/planner.ts';
import { DEFAULT_PROFILE } from '../artifacts/default-profile.ts';
import { compileManifest } from '../compile.ts';
import { inputCodes } from '../codes.ts';
import { onlyPositional, type Options, readOptions } from './options.ts';
import type { Output } from './command.ts';

const BOARD = ['board', 'value'] as const;
const JSON_FLAG = ['json', 'flag'] as const;

/** Runs a question; refusals of the manifest are printed, with exit code 1. */
async function answer(output: Output, question: () => Promise<string> | string): Promise<number> {
  try {
    output.stdout(await question());
    return 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    output.stderr(error.diagnostics.map(render).join('\n'));
    return 1;
  }
}

async function planOf(path: string, options: Options): Promise<DomainPlan> {
  return planDomains(await compileManifest(path), findBoard(options.values.get('board') ?? 'qemu-virt'));
}

function readLayout(path: string): Layout {
  try {
    return parseLayout(readFileSync(path, 'utf8'));
  } catch {
    throw failure('COH0003', `failed to read layout ${path}`, inputCodes.COH0003?.fix);
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function whoCanCommand(argv: readonly string[], output: Output): Promise<number> {
  const options = readOptions(argv, new Map([JSON_FLAG, BOARD, ['manifest', 'value']]));
  const path = onlyPositional(options, 'who-can needs one path, such as /queen/ctl');
  return answer(output, async () => {
    const manifest = options.values.get('manifest') ?? DEFAULT_PROFILE;
    const result = whoCan(path, await planOf(manifest, options));
    if (result.mode === 'unknown') {
      throw failure('COH0007', `no path ${path} in the tree of ${manifest}`, inputCodes.COH0007?.fix);
    }
    return options.flags.has('json') ? json(result) : renderWhoCan(result);
  });
}

function graphCommand(argv: readonly string[], output: Output): Promise<number> {
  const options = readOptions(argv, new Map([BOARD, ['svg', 'flag']]));
  const path = onlyPositional(options, 'graph needs one manifest');
  return answer(output, async () => {
    const plan = await planOf(path, options);
    return options.flags.has('svg') ? graphSvg(plan) : graphDot(plan);
  });
}

function memoryCommand(argv: readonly string[], output: Output): Promise<number> {
  const options = readOptions(argv, new Map([JSON_FLAG, BOARD, ['layout', 'value']]));
  const path = onlyPositional(options, 'memory needs one manifest');
  return answer(output, async () => {
    const layoutPath = options.values.get('layout');
    const plan = await planOf(path, options);
    const layout = layoutPath === undefined ? undefined : readLayout(layoutPath);
    if (layout !== undefined && layout.manifestSha256 !== plan.manifest.hashes.manifest) {
      throw failure('COH0006', `${layoutPath} is the layout of another manifest`, inputCodes.COH0006?.fix);
    }
    const report = memoryReport(plan, layout);
    return options.flags.has('json') ? json(report) : renderMemory(report);
  });
}

function capdlCommand(argv: readonly string[], output: Output): Promise<number> {
  const options = readOptions(argv, new Map([['all', 'flag']]));
  const path = onlyPositional(options, 'capdl needs the layout.json of a build');
  return answer(output, () => capdl(readLayout(path), options.flags.has('all')));
}

export const ANALYSES = { 'who-can': whoCanCommand, graph: graphCommand, memory: memoryCommand, capdl: capdlCommand };
