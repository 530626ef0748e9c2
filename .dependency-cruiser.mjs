// SPDX-License-Identifier: Apache-2.0
// Who may import whom, for host-side TypeScript and for AssemblyScript alike. `make lint` checks it. Modules that
// coh-rtc generates are not in the tree when this runs, so no rule sees them: any component may import them.

const COMPONENTS = '^(lib|domains|roottask|ninedoor)/';
const HOST_SIDE = '^(compiler|diagnostics|host|qemu|tools)/';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Files that import each other are one file, or hide a third that both need.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'domains-are-apart',
      comment: 'A domain runs in an address space of its own. What two domains share belongs to lib/.',
      severity: 'error',
      from: { path: '^domains/([^/]+)/' },
      to: { path: '^(domains|roottask|ninedoor)/', pathNot: '^domains/$1/' },
    },
    {
      name: 'root-task-and-server-are-apart',
      comment: 'The root task and the Secure9P server are domains too.',
      severity: 'error',
      from: { path: '^(roottask|ninedoor)/' },
      to: { path: '^(domains|roottask|ninedoor)/', pathNot: '^$1/' },
    },
    {
      name: 'lib-is-lowest',
      comment: 'Every domain may use lib/, so lib/ uses none of them.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(domains|roottask|ninedoor)/' },
    },
    {
      name: 'boot-is-below-the-supervisor',
      comment: 'The root task starts without its supervisor: what boot needs of it is handed in.',
      severity: 'error',
      from: { path: '^roottask/(boot|log)/' },
      to: { path: '^roottask/supervisor/' },
    },
    {
      name: 'server-knows-no-provider',
      comment: 'Providers register with the server.',
      severity: 'error',
      from: { path: '^ninedoor/server/' },
      to: { path: '^ninedoor/providers/' },
    },
    {
      name: 'checker-stands-alone',
      comment: 'The checker judges what the compiler made, so it shares no code with it.',
      severity: 'error',
      from: { path: '^compiler/check/' },
      to: { path: '^(compiler|diagnostics|host|qemu|tools|test)/', pathNot: '^compiler/check/' },
    },
    {
      name: 'diagnostics-are-lowest',
      comment: 'Compiler, runner and host tools all report through diagnostics/, so it uses none of them.',
      severity: 'error',
      from: { path: '^diagnostics/' },
      to: { path: '^(compiler|host|qemu|tools)/' },
    },
    {
      name: 'runner-stands-alone',
      comment: 'The package qemu-wasm-runner goes out without the rest: what it needs of an image comes in as values.',
      severity: 'error',
      from: { path: '^qemu/' },
      to: { path: '^(compiler|host)/' },
    },
    {
      name: 'client-stands-alone',
      comment: 'The client library is a package to be. Only what builds its mock knows the compiler.',
      severity: 'error',
      from: { path: '^host/client/', pathNot: '^host/client/(library|mock/build)\\.ts$' },
      to: { path: '^(compiler|qemu|host/(?!client/))' },
    },
    {
      name: 'tests-are-outermost',
      comment: 'What ships does not import its tests.',
      severity: 'error',
      from: { path: `${COMPONENTS}|${HOST_SIDE}` },
      to: { path: '^test/' },
    },
    {
      name: 'components-and-host-are-apart',
      comment: 'AssemblyScript cannot load TypeScript, nor the other way round.',
      severity: 'error',
      from: { path: COMPONENTS },
      to: { path: HOST_SIDE },
    },
    {
      name: 'host-and-components-are-apart',
      comment: 'AssemblyScript cannot load TypeScript, nor the other way round.',
      severity: 'error',
      from: { path: HOST_SIDE },
      to: { path: COMPONENTS },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: '^node_modules/' },
    exclude: { path: '^(out|node_modules)/' },
    cache: { folder: 'out/cache/imports', strategy: 'content' },
  },
};
