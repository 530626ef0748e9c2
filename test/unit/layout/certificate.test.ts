// SPDX-License-Identifier: Apache-2.0
// The certificate and its checker: a true one is accepted, and for each property a layout that breaks it is refused.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { check, type Files } from '../../../compiler/check/check.ts';
import { certificate, type StackBound } from '../../../compiler/src/analysis/certificate.ts';
import { layoutJson } from '../../../compiler/src/layout/emit/json.ts';
import type { Layout } from '../../../compiler/src/layout/format.ts';
import { baseText, layoutOf } from './support.ts';

const { plan, layout } = layoutOf(baseText);
const stacks = plan.domains.map(({ entry }) => {
  return { component: entry.component, worst_case_bytes: 3000, path: ['_start', 'turn'] };
});
const manifest = plan.manifest.resolvedJson;

function filesOf(changed: Layout, bounds: readonly StackBound[] = stacks): Files {
  const text = layoutJson(changed);
  return { layout: text, certificate: certificate(plan, changed, text, bounds), manifest };
}

type Domain = Layout['domains'][number];

/** The layout with a change, and a certificate that was made for it: a compiler gone wrong, not a file tampered with. */
function broken(change: (copy: Layout, domain: (name: string) => Domain) => void): string[] {
  const copy = structuredClone(layout);
  change(copy, (name) => {
    const found = copy.domains.find((domain) => domain.name === name);
    if (found === undefined) throw new Error(`no domain ${name}`);
    return found;
  });
  return check(filesOf(copy));
}

/** The certificate with a change, for the layout as it is. */
function forged(change: (copy: Record<string, never>) => void): string[] {
  const files = filesOf(layout);
  const copy = JSON.parse(files.certificate) as Record<string, never>;
  change(copy);
  return check({ ...files, certificate: JSON.stringify(copy) });
}

const first = <T>(list: readonly T[]): T => {
  if (list[0] === undefined) throw new Error('nothing there');
  return list[0];
};

test('a true certificate is accepted', () => {
  expect(check(filesOf(layout))).toEqual([]);
});

describe('origin', () => {
  test.each([
    [
      'another layout',
      { layout: layoutJson({ ...layout, instances: 1 }) },
      'origin: the certificate is of another layout',
    ],
    ['another manifest', { manifest: `${manifest} ` }, 'origin: the layout is of another manifest'],
  ])('%s', (_, change, message) => {
    expect(check({ ...filesOf(layout), ...change })).toContain(message);
  });

  test('a declaration that is not in the manifest', () => {
    const found = forged(({ declared }) => {
      (declared as unknown as { domains: { supervisor: string[] }[] }).domains[0]?.supervisor.push('kill');
    });
    expect(found).toContain('origin: domains are not those of the manifest');
  });
});

describe('closure', () => {
  test.each<[string, Parameters<typeof broken>[0], RegExp]>([
    [
      'one capability more',
      (_, d) => d('net').capabilities.push({ ...first(d('shell').capabilities), slot: 7 }),
      /nobody declared/,
    ],
    ['one capability less', (_, d) => d('shell').capabilities.pop(), /shell lacks/],
    ['more rights', (_, d) => (first(d('uart').capabilities.slice(1)).rights = 3), /nobody declared "events of uart 3/],
    ['a slot twice', (_, d) => (first(d('uart').capabilities.slice(1)).slot = 1), /slot 1 is taken/],
    ['a slot beyond the CNode', (_, d) => (d('uart').cnodeBits = 1), /does not exist/],
    ['a supervisor call more', (_, d) => (d('tree').rpc |= 1 << 3), /tree may make supervisor calls/],
    ['priority control', (_, d) => (d('net').mcp = 200), /net may raise priorities/],
    ['faults that go nowhere', (_, d) => (d('net').faultSlot = 2), /faults of net go nowhere/],
    ['a badge with two sources', (l) => (first(l.rootChannels).peerEvents.badge = 2n), /is not one free bit/],
    ['an object that gives others', (l) => (first(l.shared).type = 4), /a way to other capabilities/],
    ['more instances', (_, d) => (d('beat').instances = 4), /beat has other instances/],
    ['a domain that nobody declared', (l) => l.domains.pop(), /domains are not those/],
  ])('%s', (_, change, message) => {
    expect(broken(change).join('\n')).toMatch(message);
  });
});

const page = (domain: Domain, source: string) =>
  first(domain.mappings.filter((m) => m.source === source && m.rights !== 0));

describe('memory', () => {
  test.each<[string, Parameters<typeof broken>[0], RegExp]>([
    [
      'a frame of others',
      (_, d) => d('net').mappings.push({ ...page(d('shell'), 'shared'), vaddr: 0x900000n }),
      /is not for net/,
    ],
    [
      'a page of its own twice',
      (_, d) => d('net').mappings.push({ ...page(d('net'), 'private'), vaddr: 0x900000n }),
      /is mapped twice/,
    ],
    ['an address twice', (_, d) => d('net').mappings.push({ ...page(d('net'), 'archive') }), /mapped twice/],
    ['writable text', (_, d) => (page(d('net'), 'archive').rights = 3), /writable and executable/],
    ['executable data', (_, d) => (page(d('net'), 'private').attributes = 3), /executable, but not from the archive/],
    ['a writable domain table', (_, d) => (page(d('net'), 'domainTable').rights = 3), /domainTable is writable/],
    ['text of another component', (_, d) => (page(d('net'), 'archive').index = 0), /maps page 0 of the archive/],
    ['cached device registers', (_, d) => (page(d('uart'), 'shared').attributes = 7), /attributes 7/],
    [
      'a frame shared by a pool',
      (_, d) => d('beat').mappings.push({ ...page(d('shell'), 'shared') }),
      /shared by instances/,
    ],
    ['untyped memory too small', (_, d) => (d('net').untypedBits = 12), /do not fit its untyped memory/],
    ['a device in RAM', (l) => (first(l.shared.filter((s) => s.kind === 'device')).detail = 0x4000_0000n), /is RAM/],
    [
      'two devices in one page',
      (l) => l.shared.filter((s) => s.kind === 'device').forEach((s) => (s.detail = 0x900_0000n)),
      /are one page/,
    ],
    [
      'two devices with one interrupt',
      (l) => l.shared.filter((s) => s.kind === 'irq').forEach((s) => (s.bits = 33)),
      /are one interrupt/,
    ],
    [
      'no guard below the stack',
      (_, d) => {
        const net = d('net');
        const vaddr = net.stackTop - BigInt(net.stackBytes) - 4096n;
        net.mappings.push({ ...page(net, 'private'), vaddr });
      },
      /no guard below its stack/,
    ],
    ['a segment over another', (l) => l.archive.forEach((entry) => (entry.firstPage = 0)), /is in two segments/],
  ])('%s', (_, change, message) => {
    expect(broken(change).join('\n')).toMatch(message);
  });

  test('a holder that is not certified', () => {
    const found = forged((copy) => {
      (copy as unknown as { holders: { holders: string[] }[] }).holders[0]?.holders.push('net');
    });
    expect(found.join('\n')).toMatch(/not as certified/);
  });
});

describe('order', () => {
  test.each<[string, Parameters<typeof broken>[0], RegExp]>([
    ['equal priorities', (_, d) => (d('shell').priority = d('tree').priority), /of no higher priority/],
    ['the root task\u2019s priority', (_, d) => (d('uart').priority = 254), /uart has priority 254/],
    [
      'a call that no capability allows',
      (_, d) => d('net').calls.push({ slot: 9, server: 2 }),
      /are not those of its capabilities/,
    ],
    ['a call to another server', (_, d) => (first(d('shell').calls).server = 0), /another server/],
  ])('%s', (_, change, message) => {
    expect(broken(change).join('\n')).toMatch(message);
  });

  test('ranks that are no order', () => {
    const found = forged((copy) => {
      (copy as unknown as { ranks: Record<string, number> }).ranks['tree'] = 0;
    });
    expect(found).toContain('order: shell calls tree, not up');
  });
});

describe('stacks', () => {
  test('a worst case that does not fit', () => {
    const bounds = stacks.map((bound) => ({ ...bound, worst_case_bytes: 5000 }));
    expect(check(filesOf(layout, bounds)).join('\n')).toMatch(/stack: \w+ needs 5000 bytes and has 4096/);
  });

  test('a component without a bound', () => {
    const unbounded = stacks.map((bound, n) => (n === 0 ? { ...bound, worst_case_bytes: null } : bound));
    expect(check(filesOf(layout, unbounded))).toEqual(['stack: no worst case is known for uart']);
  });

  test('a stack that is not the certified one', () => {
    const files = filesOf(layout);
    const smaller = structuredClone(layout);
    first(smaller.domains).stackBytes -= 4096;
    const text = layoutJson(smaller);
    const hash = createHash('sha256').update(text).digest('hex');
    const old = JSON.parse(files.certificate) as Record<string, unknown>;
    const found = check({ ...files, layout: text, certificate: JSON.stringify({ ...old, layout_sha256: hash }) });
    expect(found).toContain('stack: uart has 4096 bytes, not as certified');
  });
});
