// SPDX-License-Identifier: Apache-2.0
// Questions about a manifest: who can, the graph, memory, CapDL.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { capdl } from '../../../compiler/src/analysis/capdl.ts';
import { graphDot, graphSvg } from '../../../compiler/src/analysis/graph.ts';
import { memoryReport } from '../../../compiler/src/analysis/memory.ts';
import { renderWhoCan, whoCan } from '../../../compiler/src/analysis/who-can.ts';
import { layoutJson, parseLayout } from '../../../compiler/src/layout/emit/json.ts';
import { planDomains } from '../../../compiler/src/layout/index.ts';
import { compileBytes } from '../../../compiler/src/manifest/compile.ts';
import { baseText, board, layoutOf } from './support.ts';

const root = resolve(import.meta.dirname, '../../..');
const planOf = (name: string) => {
  const path = join(root, 'configs', name);
  return planDomains(compileBytes(readFileSync(path), path), board);
};
const desk = planOf('root_task.toml');
const edge = planOf('edge_board.toml');
const small = planOf('serial_only.toml');

/** `read/write` of each role, in the order of roles: y yes, n no, c on a condition. */
function accessTo(path: string, plan = desk): string {
  const letter = (condition: string | undefined) => (condition === undefined ? 'n' : condition === '' ? 'y' : 'c');
  const { mode, missing, roles } = whoCan(path, plan);
  return `${mode}${missing === undefined ? '' : ' (off)'}: ${roles.map((r) => letter(r.read) + letter(r.write)).join(' ')}`;
}

describe('who-can', () => {
  // queen, worker-heartbeat, worker-gpu, worker-bus, worker-lora
  test.each([
    ['/proc/boot', desk, 'read-only: yn yn yn yn yn'],
    ['/', desk, 'directory: yn yn yn yn yn'],
    ['/queen', desk, 'directory: yn nn nn nn nn'],
    ['/queen/ctl', desk, 'append-only: yy nn nn nn nn'],
    ['/log/queen.log', desk, 'append-only: yy yn yn yn yn'],
    ['/shard/13/worker/worker-1/telemetry', desk, 'append-only: yy cc cc nn nn'],
    ['/worker/worker-1/telemetry', desk, 'append-only: yy cc cc nn nn'],
    ['/gpu/GPU-0/info', desk, 'read-only: yn nn cn nn nn'],
    ['/gpu/GPU-0/job', desk, 'append-only: yy nn cc nn nn'],
    ['/gpu/GPU-0/lease', desk, 'append-only: yy nn nn nn nn'],
    ['/policy/ctl', desk, 'append-only (off): yy nn nn nn nn'],
    ['/policy/ctl', edge, 'append-only: yy nn nn nn nn'],
    ['/host/systemd/ssh.service/restart', edge, 'append-only: yy yn yn yn yn'],
    ['/host/docker/status', small, 'append-only (off): yy yn yn yn yn'],
    ['/bus/meter/ctl', edge, 'append-only: yy nn nn cc nn'],
    ['/bus/meter/spool', edge, 'read-only: yn nn nn cn nn'],
    ['/bus/other/ctl', edge, 'unknown: '],
    ['/lora/gateway/tamper', edge, 'read-only: yn nn nn nn cn'],
    ['/audit/decisions', edge, 'read-only: yn nn nn nn nn'],
    ['/nowhere', desk, 'unknown: '],
    ['/queen/ctl/more', desk, 'unknown: '],
  ] as const)('%s', (path, plan, expected) => {
    expect(accessTo(path, plan)).toBe(expected);
  });

  test('a write that needs approval says under which rule', () => {
    expect(whoCan('/host/systemd/ssh.service/restart', edge).approval).toBe('service-restart');
  });

  test('ways lead from a device to the server, and name the capability', () => {
    const text = renderWhoCan(whoCan('/queen/ctl', desk));
    expect(text).toContain('  device pl011 -> uart -> ring serial-in -> console -> call console-9p -> ninedoor\n');
    expect(text).toMatch(/slot 3: call ninedoor over channel console-9p \(write \+ grant-reply; badge instance\)/);
    expect(text).toContain(
      '  device virtio-net -> net -> ring net-console -> console -> call console-9p -> ninedoor\n',
    );
    expect(text).toContain('  device virtio-net -> net -> ring net-ninedoor -> ninedoor\n');
    expect(text).toContain('  ring buffer net-ninedoor, with net\n');
    expect(text).toContain('  call buffer console-9p, with console\n');
  });
});

describe('graph', () => {
  test('every domain and every channel is in both forms', () => {
    const [dot, svg] = [graphDot(desk), graphSvg(desk)];
    for (const { entry } of desk.domains) {
      expect(dot).toContain(`"${entry.name}" [`);
      expect(svg).toContain(`>${entry.name}</text>`);
    }
    for (const { name } of [...desk.protection.rings, ...desk.protection.calls]) {
      expect(dot).toContain(name);
      expect(svg).toContain(name);
    }
  });

  test('the SVG is well-formed: every element that opens closes', () => {
    const open: string[] = [];
    for (const [, slash, name, empty] of graphSvg(edge).matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (slash === '/') expect(open.pop()).toBe(name);
      else if (empty !== '/') open.push(name ?? '');
    }
    expect(open).toEqual([]);
  });
});

describe('memory', () => {
  const { plan, layout } = layoutOf(baseText);

  test('with the layout it is the sum of all objects', () => {
    const report = memoryReport(plan, layout);
    const reserved = report.rows.at(-1)?.total ?? 0;
    expect(report.total - reserved).toBe(layout.totals.bytes);
    expect(report.isExact).toBe(true);
  });

  test('without one it is less, and says so', () => {
    const report = memoryReport(plan);
    expect(report.isExact).toBe(false);
    expect(report.total).toBeLessThanOrEqual(memoryReport(plan, layout).total);
    expect(report.rows.find(({ what }) => what === 'beat')?.instances).toBe(3);
  });
});

describe('CapDL', () => {
  const { layout } = layoutOf(baseText);
  const text = capdl(layout);

  test('a layout read back from its file gives the same text', () => {
    expect(capdl(parseLayout(layoutJson(layout)))).toBe(text);
  });

  test('every object that is named is declared, once', () => {
    const objects = /objects \{\n([\s\S]*?)\n\}/
      .exec(text)?.[1]
      ?.split('\n')
      .map((line) => line.trim().split(' ')[0] ?? '');
    expect(new Set(objects).size).toBe(objects?.length);
    const caps = text.slice(text.indexOf('caps {'));
    const named = [...caps.matchAll(/^ *(?:0x[0-9a-f]+|\d+|cspace|vspace|ipc_buffer_slot|BOUND): (\w+)/gm)].map(
      (m) => m[1],
    );
    expect(named.length).toBeGreaterThan(100);
    for (const name of named) expect(objects).toContain(name);
  });

  test('a page of each domain is mapped at each level', () => {
    expect(text).toMatch(/uart_vspace = pgd\n {2}uart_object_1 = pud\n {2}uart_object_2 = pd\n {2}uart_object_3 = pt/);
    const text31 = /\n {2}uart_object_3 \{\n([\s\S]*?)\n {2}\}/.exec(text)?.[1] ?? '';
    // The text starts at 0x40000: slot 0x40 of the last level, from the archive, executable and not writable.
    expect(text31).toContain('0x40: archive_0 (RX)');
    expect(text31).not.toMatch(/W.*X/);
  });

  test('all instances of a pool, if asked', () => {
    expect(text).toContain('beat_0_tcb');
    expect(text).not.toContain('beat_1_tcb');
    expect(capdl(layout, true)).toContain('beat_2_tcb');
  });
});
