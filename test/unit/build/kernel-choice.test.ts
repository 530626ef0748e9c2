// SPDX-License-Identifier: Apache-2.0
// What is built follows from the arguments of make and from the tree, never from what a shell happens to export; and the
// components are the same for every kernel.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { COMPONENT_NAMES } from '../../../compiler/src/build/component-table.ts';
import { domainComponent, rootTask } from '../../../compiler/src/build/components.ts';

const OF_MAKE = ['MAKEFLAGS', 'MAKELEVEL', 'SEL4_PREFIX', 'BOARD', 'MANIFEST', 'OUT'];

/** What make prints, in an environment without what make itself put there. */
function make(args: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const clean = Object.entries(process.env).filter(([name]) => !OF_MAKE.includes(name));
  return execFileSync('make', args, { env: { ...Object.fromEntries(clean), ...environment }, encoding: 'utf8' });
}

test.each([
  ['SEL4_PREFIX', '/nowhere'],
  ['BOARD', 'another'],
  ['MANIFEST', 'another.toml'],
  ['OUT', '/elsewhere'],
])('%s in the environment does not change `make image`', (name, value) => {
  expect(make(['-n', 'image'], { [name]: value })).toBe(make(['-n', 'image']));
  expect(make(['-n', 'image', `${name}=${value}`])).toContain(value);
});

test('tests of make learn of a prefix from its argument only', () => {
  const show = ['--eval', 'show: ; @echo prefix=$${SEL4_PREFIX-none}', 'show'];
  expect(make(show, { SEL4_PREFIX: '/nowhere' })).toBe('prefix=none\n');
  expect(make([...show, 'SEL4_PREFIX=/nowhere'])).toBe('prefix=/nowhere\n');
});

test('every component is compiled with our own headers of the kernel interface', () => {
  const domain = { moduleName: 'x', root: '.', private_bytes: 4096, memory_bytes: 4096, stack_bytes: 4096 };
  const specs = [
    rootTask({ mode: 'guard', archive: 'out/archive.S', span_bytes: 4096 }),
    ...COMPONENT_NAMES.map((component) => domainComponent({ ...domain, component, mode: 'guard', directory: 'x' })),
  ];
  for (const { name, includeDirs } of specs) {
    expect(includeDirs?.[0], name).toBe('kernel/libsel4/include');
    expect(
      includeDirs?.filter((path) => path.startsWith('/')),
      name,
    ).toEqual([]);
  }
});
