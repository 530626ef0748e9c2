// SPDX-License-Identifier: Apache-2.0
// tools/setup.sh: what it says and does on machines that lack something. The machine is a PATH with only what the case gives it.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../support/build.ts';

const SCRIPT = join(ROOT, 'tools/setup.sh');
/** Tools of any Debian that the script itself needs. */
const BASE = ['sh', 'printf', 'touch', 'env', 'cat', 'rm', 'mkdir', 'mv', 'sort', 'sha256sum', 'sed'];
const TOOLS = [
  'clang',
  'ld.lld',
  'llvm-dwarfdump',
  'qemu-system-aarch64',
  'qemu-aarch64-static',
  'tmux',
  'tshark',
  'dpkg-source',
];

interface Fake {
  /** Programs that exist, with the shell text that they run. */
  programs: Record<string, string>;
  uid?: number;
  /** The npm packages are installed already. */
  modules?: boolean;
  /** Prepares the checkout further, from its root. */
  prepare?: (work: string) => void;
  /** The source of lwIP is unpacked already. */
  lwip?: boolean;
  /** The clients of diod are unpacked already. */
  diod?: boolean;
  env?: Record<string, string>;
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function runSetup(fake: Fake, purpose = 'test') {
  const folder = mkdtempSync(join(tmpdir(), 'setup-'));
  folders.push(folder);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const log = join(folder, 'log');
  writeFileSync(log, '');
  for (const name of BASE) {
    const real = spawnSync('sh', ['-c', `command -v ${name}`])
      .stdout.toString()
      .trim();
    if (real.startsWith('/')) symlinkSync(real, join(bin, name));
  }
  const programs = { id: `echo ${fake.uid ?? 0}`, ...fake.programs };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${name === 'id' ? '' : `echo "${name} $*" >>'${log}'\n`}${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const work = join(folder, 'work');
  mkdirSync(join(work, 'node_modules'), { recursive: true });
  writeFileSync(join(work, 'package.json'), '{}');
  writeFileSync(join(work, 'package-lock.json'), '{}');
  if (fake.modules !== false) writeFileSync(join(work, 'node_modules/.package-lock.json'), '{}');
  const lwip = join(work, 'node_modules/.cache/lwip');
  if (fake.lwip !== false) {
    mkdirSync(lwip, { recursive: true });
    writeFileSync(join(lwip, 'cohesix-source'), '');
  }
  const diod = join(work, 'node_modules/.cache/diod');
  if (fake.diod !== false) {
    mkdirSync(diod, { recursive: true });
    writeFileSync(join(diod, 'complete'), '');
  }
  fake.prepare?.(work);
  const run = spawnSync('/bin/sh', [SCRIPT, purpose], { cwd: work, env: { PATH: bin, ...fake.env } });
  const calls = readFileSync(log, 'utf8').split('\n');
  const isUnpacked = existsSync(join(lwip, 'cohesix-source'));
  const hasDiod = existsSync(join(diod, 'complete'));
  return { code: run.status, stderr: run.stderr.toString(), calls, isUnpacked, hasDiod };
}

const node = { node: 'case "$1" in -p) echo 20;; *) echo v20.1.0;; esac', npm: 'exit 0' };
const tools = Object.fromEntries(TOOLS.map((name) => [name, 'exit 0']));

/** A machine with all tools but these. */
function toolsWithout(...missing: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(tools).filter(([name]) => !missing.includes(name)));
}

describe('setup', () => {
  it('installs nothing on a complete machine', () => {
    const { code, stderr, calls } = runSetup({ programs: { ...node, ...tools } });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(calls.filter((call) => /^(apt-get|npm)/.test(call))).toEqual([]);
  });

  it('installs only the missing packages as root', () => {
    const others = toolsWithout('clang');
    const { code, calls } = runSetup({ programs: { ...node, ...others, 'apt-get': 'exit 0' } });
    expect(code).toBe(0);
    expect(calls.filter((call) => call.startsWith('apt-get'))).toEqual([
      'apt-get update -qq',
      'apt-get install -y -qq --no-install-recommends clang',
    ]);
  });

  it('asks for what only the tests use only for them', () => {
    const others = toolsWithout('qemu-aarch64-static', 'tmux', 'tshark');
    const { code, calls } = runSetup({ programs: { ...node, ...others } }, 'build');
    expect(code).toBe(0);
    expect(calls.filter((call) => call.startsWith('apt-get'))).toEqual([]);
  });

  it('uses sudo where there is one', () => {
    const others = toolsWithout('clang');
    const { code, calls } = runSetup({ uid: 1000, programs: { ...node, ...others, sudo: 'exit 0' } });
    expect(code).toBe(0);
    expect(calls).toContain('sudo apt-get update -qq');
  });

  it('without root and sudo prints the one command and stops', () => {
    const others = toolsWithout('clang', 'tmux', 'tshark');
    const { code, stderr } = runSetup({ uid: 1000, programs: { ...node, ...others, sudo: 'exit 1' } });
    expect(code).toBe(1);
    expect(stderr).toBe(
      'setup: packages are missing and there is neither root nor sudo; run: ' +
        'apt-get install -y --no-install-recommends clang tmux tshark\n',
    );
  });

  it('installs the npm packages of the lockfile once', () => {
    const { code, calls } = runSetup({ modules: false, programs: { ...node, ...tools } });
    expect(code).toBe(0);
    expect(calls.some((call) => call.startsWith('npm ci'))).toBe(true);
  });

  describe('of npm packages asks for content, not for times', () => {
    const install = 'printf "" >node_modules/.package-lock.json';
    const workspaces = `{
  "packages": {
    "node_modules/part": {
      "resolved": "part",
      "link": true
    }
  }
}
`;
    /** Whether a second run installs again after `change`. */
    function installsAgain(change: (work: string) => void): boolean {
      const programs = { ...node, npm: install, ...tools };
      const prepare = (work: string): void => {
        mkdirSync(join(work, 'part'));
        writeFileSync(join(work, 'part/package.json'), '{}');
        writeFileSync(join(work, 'package-lock.json'), workspaces);
        const env = { PATH: join(work, '../bin') };
        expect(spawnSync('/bin/sh', [SCRIPT, 'build'], { cwd: work, env }).status).toBe(0);
        writeFileSync(join(work, '../log'), '');
        change(work);
      };
      const { code, calls } = runSetup({ modules: false, programs, prepare }, 'build');
      expect(code).toBe(0);
      return calls.some((call) => call.startsWith('npm ci'));
    }
    const later = new Date(Date.now() + 3_600_000);
    const touch = (file: string) => (work: string) => utimesSync(join(work, file), later, later);

    it.each([
      ['nothing', () => undefined, false],
      ['a touched lockfile', touch('package-lock.json'), false],
      ['a touched package.json', touch('package.json'), false],
      ['another lockfile', (w: string) => writeFileSync(join(w, 'package-lock.json'), `${workspaces}\n`), true],
      ['another package.json', (w: string) => writeFileSync(join(w, 'package.json'), '{"a":1}'), true],
      ['another workspace', (w: string) => writeFileSync(join(w, 'part/package.json'), '{"a":1}'), true],
      ['npm run by hand', (w: string) => rmSync(join(w, 'node_modules/.installed')), false],
      ['packages that are gone', (w: string) => rmSync(join(w, 'node_modules/.package-lock.json')), true],
    ])('%s', (_name, change, expected) => {
      expect(installsAgain(change)).toBe(expected);
    });
  });

  const fetches = 'case "$*" in *indextargets*) echo deb-src;; *"source --download"*) echo x >lwip.dsc;; esac';
  const unpacks = 'case "$*" in *" -x "*) for tree; do :; done; mkdir -p "$tree";; esac';

  it('fetches the source of lwIP from the sources of the machine', () => {
    const programs = { ...node, ...tools, 'apt-get': fetches, 'dpkg-source': unpacks };
    const { code, calls, isUnpacked } = runSetup({ lwip: false, programs });
    expect(code).toBe(0);
    expect(isUnpacked).toBe(true);
    expect(calls.filter((call) => call.startsWith('apt-get -qq -o Dir::Etc::sourcelist'))).toHaveLength(2);
  });

  it('says what to do when the source of lwIP cannot be fetched', () => {
    const programs = { ...node, ...tools, 'apt-get': 'case "$*" in *update*) exit 1;; esac' };
    const { code, stderr, isUnpacked } = runSetup({ lwip: false, programs });
    expect(code).toBe(1);
    expect(stderr).toContain('setup: the source package lwip cannot be fetched; set LWIP_DIR');
    expect(isUnpacked).toBe(false);
  });

  it('leaves lwIP alone when LWIP_DIR names a tree', () => {
    const { code, calls } = runSetup({ lwip: false, env: { LWIP_DIR: 'elsewhere' }, programs: { ...node, ...tools } });
    expect(code).toBe(0);
    expect(calls.filter((call) => call.startsWith('apt-get'))).toEqual([]);
  });

  it('unpacks the clients of diod for the tests, and installs nothing of them', () => {
    const archive = 'case "$*" in *--download-only*) echo x >../cache/archives/diod.deb;; esac';
    const at = 'cd node_modules/.cache/diod-apt/source 2>/dev/null || exit 0';
    const programs = { ...node, ...tools, 'apt-get': `${at}; ${archive}`, 'dpkg-deb': 'mkdir -p "$3"' };
    const { code, calls, hasDiod } = runSetup({ diod: false, programs });
    expect(code).toBe(0);
    expect(hasDiod).toBe(true);
    expect(calls.filter((call) => call.includes(' install ')).every((call) => call.includes('--download-only'))).toBe(
      true,
    );
    expect(calls.filter((call) => call.startsWith('dpkg-deb -x '))).toHaveLength(1);
  });

  it('says so when the clients of diod cannot be fetched, and does without them for a build', () => {
    const programs = { ...node, ...tools, 'apt-get': 'exit 1' };
    const { code, stderr, hasDiod } = runSetup({ diod: false, programs });
    expect(code).toBe(1);
    expect(stderr).toContain('setup: the package diod cannot be fetched');
    expect(hasDiod).toBe(false);
    expect(runSetup({ diod: false, programs }, 'build')).toMatchObject({ code: 0, stderr: '' });
  });

  const refused: [string, Record<string, string>, string][] = [
    ['no node', { npm: 'exit 0' }, 'setup: node is missing: install Node.js 20 or newer\n'],
    [
      'an old node',
      { node: 'case "$1" in -p) echo 18;; *) echo v18.0.0;; esac', npm: 'exit 0' },
      'setup: node is version v18.0.0: install Node.js 20 or newer\n',
    ],
    ['no npm', { node: node.node }, 'setup: npm is missing: install the npm that comes with Node.js\n'],
    ['a failing npm', { ...node, npm: 'exit 1' }, 'setup: installing npm packages\nsetup: npm ci failed\n'],
  ];
  it.each(refused)('refuses %s', (_name, programs, text) => {
    const { code, stderr } = runSetup({ modules: false, programs: { ...tools, ...programs } });
    expect(code).toBe(1);
    expect(stderr).toBe(text);
  });
});
