// SPDX-License-Identifier: Apache-2.0
// What docs/architecture.md says to touch for an addition is enough: each is made in a copy of the tree, and used.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModule } from '../../../compiler/src/aot/component.ts';
import { compileCached } from '../../../compiler/src/aot/module-cache.ts';
import { type DomainPlan, moduleName, planArtifacts, planDomains } from '../../../compiler/src/layout/index.ts';
import { writeFiles } from '../../../compiler/src/manifest/artifacts/write.ts';
import * as components from '../../../compiler/src/build/components.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';
import type * as Boards from '../../../compiler/src/image/boards.ts';
import type * as Components from '../../../compiler/src/build/components.ts';
import type * as Layout from '../../../compiler/src/layout/index.ts';
import type * as Compile from '../../../compiler/src/manifest/compile.ts';
import type * as Commands from '../../../host/cohsh/commands/index.ts';
import type { Context } from '../../../host/cohsh/commands/command.ts';
import { SimConsole } from '../../sim/console.ts';
import { MANIFEST, simulationModules } from '../../support/build.ts';
import { board } from '../layout/support.ts';
import { MEMORY_BYTES, ROOT, writeManifest } from '../ninedoor/build.ts';
import { Client } from '../ninedoor/client.ts';
import { Machine } from '../ninedoor/machine.ts';

const FOLDERS = ['compiler', 'configs', 'diagnostics', 'domains', 'host', 'lib', 'ninedoor', 'qemu', 'tools'];
const FILES = ['asconfig.json', 'package.json', 'tsconfig.json'];
const PAGE = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

/** A copy of the tree: below out/, so that packages are found from there. */
class Tree {
  readonly root: string;

  constructor(name: string) {
    this.root = join(ROOT, 'out/test/architecture', name);
    rmSync(this.root, { recursive: true, force: true });
    for (const path of [...FOLDERS, ...FILES]) cpSync(join(ROOT, path), join(this.root, path), { recursive: true });
  }

  add(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Puts a line behind a text that is there once. */
  insert(path: string, behind: string, line: string): void {
    const text = readFileSync(join(this.root, path), 'utf8');
    if (text.split(behind).length !== 2) throw new Error(`"${behind}" is not in ${path} exactly once`);
    writeFileSync(
      join(this.root, path),
      text.replace(behind, () => `${behind}${line}`),
    );
  }

  async load<T>(path: string): Promise<T> {
    return (await import(/* @vite-ignore */ join(this.root, path))) as T;
  }

  /** The module of a domain, as the image has it; `components` may be the copy's. */
  async domain(plan: DomainPlan, name: string, components: typeof Components): Promise<WebAssembly.Module> {
    const entry = plan.domains.find((planned) => planned.entry.name === name);
    if (entry === undefined) throw new Error(`no domain ${name}`);
    const { component, memory_bytes: private_bytes, stack_bytes } = entry.entry;
    const memory = { private_bytes, memory_bytes: entry.linearBytes, stack_bytes };
    const place = { root: this.root, mode: 'guard', component, moduleName: moduleName(name) } as const;
    writeFiles(this.root, planArtifacts(plan));
    const wasm = await buildModule(components.domainComponent({ ...place, ...memory }), {
      root: this.root,
      outDir: this.root,
    });
    return new WebAssembly.Module(readFileSync(wasm));
  }
}

/** The example that the page shows. */
function example(name: string): string {
  const found = new RegExp(`<!-- example:${name} -->\\n\\n\`\`\`ts\\n(.*?)\`\`\``, 's').exec(PAGE)?.[1];
  if (found === undefined) throw new Error(`the page has no example ${name}`);
  return found;
}

async function moduleOf(tree: Tree): Promise<WebAssembly.Module> {
  const generatedDir = join(tree.root, 'generated');
  const request = { root: tree.root, directory: 'ninedoor', generatedDir, pages: MEMORY_BYTES >> 16 };
  return new WebAssembly.Module((await compileCached(request, join(tree.root, 'modules'))).wasm);
}

describe('to add a …', () => {
  it('provider: a file, an import, a line in the list', async () => {
    const tree = new Tree('provider');
    tree.add('ninedoor/providers/proc/answer.ts', example('provider'));
    tree.insert(
      'ninedoor/providers/index.ts',
      "import * as boot from './proc/boot';",
      "\nimport * as answer from './proc/answer';",
    );
    tree.insert('ninedoor/providers/index.ts', '  boot.declare();', '\n  answer.declare();');
    await writeManifest(tree.root);
    const module = await moduleOf(tree);
    const client = new Client(new Machine(module), 'compact').attach();
    expect(client.read('/proc/answer')).toBe('answer=42\n');
  });

  it('console verb: number, word, label and one case', async () => {
    const tree = new Tree('verb');
    const grammar = 'domains/console/grammar.ts';
    const verbs = readFileSync(join(ROOT, grammar), 'utf8').match(/const VERBS: u32 = (\d+);/)?.[1] ?? '';
    const at = `const VERBS: u32 = ${verbs};`;
    tree.insert(grammar, at, '');
    const text = readFileSync(join(tree.root, grammar), 'utf8')
      .replace(at, `export const HELLO: u32 = ${verbs};\nconst VERBS: u32 = ${Number(verbs) + 1};`)
      .replace(
        "    case PING:\n      return 'ping';",
        "    case HELLO:\n      return 'hello';\n    case PING:\n      return 'ping';",
      )
      .replace(
        "    case PING:\n      return 'PING';",
        "    case HELLO:\n      return 'HELLO';\n    case PING:\n      return 'PING';",
      );
    tree.add(grammar, text);
    tree.insert(
      'domains/console/verbs.ts',
      '  switch (grammar.verb) {',
      '\n    case grammar.HELLO:\n      return system.ping(s, label);',
    );
    const modules = await simulationModules();
    const plan = planDomains(await compileManifest(MANIFEST), board);
    await writeManifest(tree.root);
    const console = await tree.domain(plan, 'console', components);
    const machine = new SimConsole({ ...modules, console });
    machine.start();
    expect(machine.type('hello\r')).toContain('OK HELLO reply=pong');
    expect(machine.type('ping\r')).toContain('OK PING reply=pong');
  });

  it('cohsh command: a file, an import, an entry', async () => {
    const tree = new Tree('command');
    tree.add(
      'host/cohsh/commands/hello.ts',
      `import type { Command } from './command.ts';
       export const hello: Command = {
         verb: 'hello', usage: 'hello', summary: 'Greet', complete: () => [],
         run: () => Promise.resolve({ exit: true }),
       } as Command;`,
    );
    const index = 'host/cohsh/commands/index.ts';
    tree.insert(index, "import { helpCommand } from './help.ts';", "\nimport { hello } from './hello.ts';");
    tree.insert(index, '...HELP_ORDER, node', ', hello');
    const { findCommand } = await tree.load<typeof Commands>(index);
    expect(await findCommand('HELLO')?.run('', {} as Context)).toEqual({ exit: true });
  });

  it('manifest table: a file of the schema and an entry', async () => {
    const tree = new Tree('table');
    tree.add(
      'compiler/src/manifest/schema/greeting.ts',
      `import { string, table } from './dsl.ts';
       export const greeting = table('Greeting.', { text: string('What is said.', { default: 'hello' }) });`,
    );
    const manifest = 'compiler/src/manifest/schema/manifest.ts';
    tree.insert(manifest, "import * as settings from './settings.ts';", "\nimport { greeting } from './greeting.ts';");
    tree.insert(manifest, '  cas: core.cas,', '\n  greeting,');
    const { compileBytes: compile } = await tree.load<typeof Compile>('compiler/src/manifest/compile.ts');
    const path = join(ROOT, 'configs/root_task.toml');
    const text = readFileSync(path, 'utf8');
    const greetingOf = (more: string): unknown =>
      (compile(Buffer.from(`${text}\n${more}`), path) as unknown as { manifest: { greeting: unknown } }).manifest
        .greeting;
    expect(greetingOf('')).toEqual({ text: 'hello' });
    expect(greetingOf('[greeting]\ntext = "good day"\n')).toEqual({ text: 'good day' });
    expect(() => greetingOf('[greeting]\ntext = 5\n')).toThrow();
  });

  it('domain: a folder, a row, an entry of the manifest', async () => {
    const tree = new Tree('domain');
    tree.add('domains/hello/asconfig.json', '{ "extends": "../../asconfig.json", "entries": ["index.ts"] }');
    tree.add(
      'domains/hello/index.ts',
      `import * as domain from '../../generated/domains/hello';
       import { wait } from '../../lib/machine/sel4';
       export function start(): void {}
       export function turn(): void { wait(domain.SLOT_EVENTS); }`,
    );
    tree.insert(
      'compiler/src/build/component-table.ts',
      'export const DOMAIN_COMPONENTS: Readonly<Record<string, ComponentSource>> = {',
      "\n  hello: { directory: 'domains/hello', imports: [...DOMAIN_IMPORTS, 'sel4.wait'] },",
    );
    const manifest = 'configs/root_task_domains.toml';
    const keys = [
      'name = "hello"',
      'component = "hello"',
      'priority = 90',
      'stack_bytes = 8192',
      'memory_bytes = 8192',
    ];
    tree.insert(manifest, '# ---- Channels', ` ----\n\n[[protection.domains]]\n${keys.join('\n')}\n#`);
    const path = join(tree.root, manifest);
    const { compileManifest: compile } = await tree.load<typeof Compile>('compiler/src/manifest/compile.ts');
    const plan = planDomains(await compile(path), board);
    const own = await tree.load<typeof Components>('compiler/src/build/components.ts');
    const names = WebAssembly.Module.exports(await tree.domain(plan, 'hello', own)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['start', 'turn']));
  });

  it('board: a file and its place in the list, for a manifest without devices that it lacks', async () => {
    const tree = new Tree('board');
    tree.add(
      'compiler/src/image/boards/other.ts',
      `import { QEMU_VIRT } from './qemu-virt.ts';
       export const OTHER = {
         name: 'other', ramStart: 0x8000_0000n, ramEnd: 0xc000_0000n, uartBase: 0x1000_0000n, uartIrq: 40,
         rtcBase: 0x1001_0000n, timerIrq: 30, loaderBase: 0x8400_0000n, sel4Platform: 'other', needsTimerExport: false,
         devices: QEMU_VIRT.devices,
       };`,
    );
    const list = 'export const BOARDS: readonly Board[] = [';
    tree.insert('compiler/src/image/boards.ts', list, 'OTHER, ');
    tree.insert(
      'compiler/src/image/boards.ts',
      "import type { Board } from './board.ts';",
      "\nimport { OTHER } from './boards/other.ts';",
    );
    const { planDomains: planned } = await tree.load<typeof Layout>('compiler/src/layout/index.ts');
    const { findBoard } = await tree.load<typeof Boards>('compiler/src/image/boards.ts');
    const plan = planned(await compileManifest(MANIFEST), findBoard('other'));
    const uart = plan.domains.find(({ entry }) => entry.name === 'uart');
    expect(plan.board.uartBase).toBe(0x1000_0000n);
    expect(uart).toBeDefined();
  });
});
