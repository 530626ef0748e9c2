// SPDX-License-Identifier: Apache-2.0
// The second opinion on a layout: one thing too many in an otherwise good layout, and it is found. The manifest can ask for
// none of these, so each is made by hand.
import { describe, expect, test } from 'vitest';
import type { DomainLayout, Layout, Mapping } from '../../../compiler/src/layout/format.ts';
import { verifyLayout } from '../../../compiler/src/layout/verify.ts';
import { baseText, layoutOf } from './support.ts';

const named = (layout: Layout, name: string): DomainLayout => {
  const domain = layout.domains.find((candidate) => candidate.name === name);
  if (domain === undefined) throw new Error(`no domain ${name}`);
  return domain;
};
const indexOf = (layout: Layout, name: string): number => layout.shared.findIndex((object) => object.name === name);
const pageOf = (domain: DomainLayout, why: string): Mapping => {
  const page = domain.mappings.find((mapping) => mapping.why === why);
  if (page === undefined) throw new Error(`nothing is mapped as ${why}`);
  return page;
};
const grant = (layout: Layout, holder: string, object: string, rights: number): void => {
  const domain = named(layout, holder);
  const badge = { kind: 'literal', value: 0n } as const;
  domain.capabilities.push({ why: '', slot: 7, source: 'shared', index: indexOf(layout, object), rights, badge });
};
const map = (layout: Layout, holder: string, object: string, attributes = 7): void => {
  const place = { vaddr: 0x3f_0000n, source: 'shared', index: indexOf(layout, object) } as const;
  named(layout, holder).mappings.push({ why: '', ...place, rights: 3, attributes, inRootTask: false });
};

/** What is done to the layout, and what is said about it. */
const CHANGES: Readonly<Record<string, readonly [(layout: Layout) => void, string]>> = {
  'capability without a use': [
    (layout) => grant(layout, 'uart', 'endpoint of tree', 9),
    'domain uart, slot 7: nothing in the manifest gives it endpoint of tree with rights 9',
  ],
  'the same capability twice': [
    (layout) => grant(layout, 'uart', 'interrupt of pl011', 15),
    'domain uart, slot 7: nothing in the manifest gives it interrupt of pl011 with rights 15',
  ],
  'more rights than the use needs': [
    (layout) => {
      const events = named(layout, 'net').capabilities.find(({ slot }) => slot === 2);
      if (events !== undefined) events.rights = 3;
    },
    'domain net, slot 2: nothing in the manifest gives it events of net with rights 3',
  ],
  'supervisor calls without a capability': [
    (layout) => void (named(layout, 'net').rpc = 1),
    'domain net: mask 1 of supervisor calls without such a capability',
  ],
  'slot outside the CNode': [
    (layout) => void (named(layout, 'net').cnodeBits = 1),
    'domain net, slot 2: taken twice, or outside the CNode',
  ],
  "another domain's channel, writable": [
    (layout) => map(layout, 'net', 'frame 0 of channel serial-in'),
    'domain net, page 0x3f0000: channel serial-in is not for this domain',
  ],
  'DMA frame outside its driver': [
    (layout) => map(layout, 'uart', 'frame 0 of dma packets'),
    'domain uart, page 0x3f0000: dma packets is not for this domain',
  ],
  'device frame in a second domain': [
    (layout) => map(layout, 'net', 'device pl011', 4),
    'domain net, page 0x3f0000: device pl011 is not for this domain',
  ],
  'cached device registers': [
    (layout) => void (pageOf(named(layout, 'uart'), 'registers of pl011').attributes = 7),
    'domain uart, page 0x10000: attributes 7 for device pl011',
  ],
  'writable text': [
    (layout) => void (pageOf(named(layout, 'net'), 'text').rights = 3),
    'domain net, page 0x40000: both writable and executable',
  ],
  'writable read-only data': [
    (layout) => void (pageOf(named(layout, 'net'), 'read-only data').rights = 3),
    'domain net, page 0x42000: archive is writable',
  ],
  'writable domain table': [
    (layout) => void (pageOf(named(layout, 'net'), 'domain table').rights = 3),
    'domain net, page 0x1fd000: domainTable is writable',
  ],
  'executable channel': [
    (layout) => Object.assign(pageOf(named(layout, 'uart'), 'ring serial-in'), { attributes: 3, rights: 2 }),
    'domain uart, page 0x203000: executable, but not from the archive',
  ],
  'one page at two addresses': [
    (layout) => void (pageOf(named(layout, 'net'), 'stack').index = pageOf(named(layout, 'net'), 'bss').index),
    `is mapped twice`,
  ],
  'two pages at one address': [
    (layout) => void (pageOf(named(layout, 'net'), 'stack').vaddr = pageOf(named(layout, 'net'), 'bss').vaddr),
    'domain net, page 0x43000: mapped twice',
  ],
  'a TCB as memory': [
    (layout) => void (pageOf(named(layout, 'net'), 'stack').index = named(layout, 'net').tcb),
    'object of another type',
  ],
  'a page without a page table': [
    (layout) => void (pageOf(named(layout, 'net'), 'stack').vaddr = 0x50_0000n),
    'domain net: a page without a page table',
  ],
  'priority of the root task': [
    (layout) => void (named(layout, 'uart').priority = 254),
    "domain uart: priority 254 is not below the root task's",
  ],
  'right to raise priorities': [
    (layout) => void (named(layout, 'uart').mcp = 200),
    'domain uart: may raise priorities to 200',
  ],
  'call downwards': [
    (layout) => void (named(layout, 'tree').priority = 110),
    'domain shell: calls tree, which is not above it',
  ],
  'badge of another source': [
    (layout) => {
      const [signal] = named(layout, 'uart').capabilities.filter(({ badge }) => badge.value !== 0n);
      const [channel] = layout.rootChannels;
      if (signal !== undefined && channel !== undefined) signal.badge.value = channel.peerEvents.badge;
    },
    'badge 0x4 of events of shell is not a free bit',
  ],
  'badge in the reserved bits': [
    (layout) => {
      const [channel] = layout.rootChannels;
      if (channel !== undefined) channel.peerEvents.badge = 1n << 62n;
    },
    'badge 0x4000000000000000 of events of shell is not a free bit',
  ],
};

/** A private copy: the maker shares parts between plan and layout. */
const fresh = () => {
  const { plan, layout } = layoutOf(baseText);
  return { plan, layout: structuredClone(layout) };
};

test('a layout as the compiler makes it has nothing too much', () => {
  const { plan, layout } = fresh();
  expect(verifyLayout(plan, layout)).toEqual([]);
});

describe('a layout with one thing too many', () => {
  test.each(Object.keys(CHANGES))('%s', (name) => {
    const [change, text] = CHANGES[name] ?? [() => undefined, ''];
    const { plan, layout } = fresh();
    change(layout);
    const found = verifyLayout(plan, layout);
    expect(found.map(({ code }) => code)).toContain('COH3612');
    expect(found.map(({ message }) => message).join('\n')).toContain(text);
  });
});
