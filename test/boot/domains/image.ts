// SPDX-License-Identifier: Apache-2.0
/**
 * The test image: every component wrapped in one that can be asked for faults (assembly/), and a console that may call the
 * supervisor. Built once for the devkernel, and once for the genuine kernel that `SEL4_PREFIX` names.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineOptions } from 'qemu-wasm-runner';
import { readPrefix, type SeL4Prefix } from '../../../compiler/src/image/prefix.ts';
import { findBoard } from '../../../compiler/src/image/boards.ts';
import { writeIfChanged } from '../../../compiler/src/toolchain/files.ts';
import { DOMAINS } from './driver.ts';
import { ROOT, testImage } from '../../support/build.ts';

const FOLDER = 'test/boot/domains';
const COMPONENTS = [...DOMAINS, 'worker', 'roottask'];

/** A test that builds images may take this long. */
export const BUILD_TIMEOUT_MS = 300_000;

/** Restarts of a static domain within its window. */
export const MAX_RESTARTS = 5;

export interface Kernel {
  name: string;
  prefix?: SeL4Prefix;
}

/** The kernels to test on. */
export function kernels(): Kernel[] {
  const path = process.env['SEL4_PREFIX'];
  if (path === undefined || path === '') return [{ name: 'devkernel' }];
  return [{ name: 'devkernel' }, { name: 'sel4', prefix: readPrefix(path, findBoard('qemu-virt')) }];
}

/** Linear memory that the test's part of a static domain may take. */
const EXTRA_BYTES = 32768;

/** Back-offs long enough to look at, and watchdogs that a busy host does not set off. */
const restart = (max: number): string =>
  `restart = { max = ${max}, window_ms = 60000, backoff_ms = 50 }\nwatchdog_ms = 1000\n`;

/** The default domains, but with these settings, and a console that may start and end workers. */
function manifest(): string {
  const text = readFileSync(join(ROOT, 'configs/root_task_domains.toml'), 'utf8')
    .replace(/^(restart|watchdog_ms) = .*\n/gm, '')
    .replace(/^memory_bytes = (\d+)\n(pool = true\n)?/gm, (line, bytes: string, pool?: string) =>
      pool === undefined
        ? `memory_bytes = ${Number(bytes) + EXTRA_BYTES}\n${restart(MAX_RESTARTS)}`
        : line + restart(0),
    )
    .replace('supervisor = ["info"]', 'supervisor = ["info", "spawn", "kill"]');
  const path = join(ROOT, 'out/test/domains/manifest.toml');
  mkdirSync(join(ROOT, 'out/test/domains'), { recursive: true });
  writeIfChanged(path, text);
  return path;
}

/** Builds the image for a kernel; returns the machine that it runs on. Components in `shipped` are as they ship. */
export async function faultImage(
  { name, prefix }: Kernel,
  folder = 'domains',
  shipped: readonly string[] = [],
): Promise<MachineOptions & { image: string }> {
  const components = COMPONENTS.filter((component) => !shipped.includes(component));
  const folders = components.map((component) => [component, `${FOLDER}/assembly/${component}`]);
  const built = await testImage(`${folder}/${name}`, {
    manifest: manifest(),
    directories: Object.fromEntries(folders) as Readonly<Record<string, string>>,
    faultSources: [`${FOLDER}/helpers.c`],
    ...(prefix === undefined ? {} : { prefix }),
  });
  return { image: built.output, ...(prefix?.gicVersion === undefined ? {} : { gic: prefix.gicVersion }) };
}
