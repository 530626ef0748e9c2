// SPDX-License-Identifier: Apache-2.0
/** What holds for the module as a whole: its doors, its memory, its stack. */
import { describe, expect, it } from 'vitest';
import { checkBounded } from '../../../compiler/src/aot/bounded.ts';
import { ask } from '../../../compiler/src/aot/worker-host.ts';
import { buildNineDoor } from './build.ts';

describe('the component', () => {
  it("imports only the clock, the root task and the network's counters", async () => {
    const { wasm } = await buildNineDoor();
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm));
    const names = imports.map((item) => `${item.module}.${item.name}`).sort();
    const control = ['bind', 'boot_line', 'kill', 'mount', 'spawn', 'ticket_key'].map((name) => `control.${name}`);
    const others = [
      'clock.now_ms',
      'clock.wall_s',
      'domains.count',
      'domains.info',
      'domains.last_fault',
      'net.counter',
    ];
    expect([...control, ...others]).toEqual(expect.arrayContaining(names));
  });

  it('has a bounded stack and no allocator', async () => {
    const graph = await ask('callGraph', await buildNineDoor());
    checkBounded('ninedoor', graph);
    expect(graph.functions.length).toBeGreaterThan(50);
    expect(graph.functions.filter((f) => /rt\/(stub|tlsf|itcms)/.test(f.name)).map((f) => f.name)).toEqual([]);
  });
});
