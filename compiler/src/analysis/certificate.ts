// SPDX-License-Identifier: Apache-2.0
/**
 * The certificate beside layout.json: for each claim about a layout what somebody else needs to verify it in one pass,
 * without this compiler. compiler/check reads it and shares nothing with the code here but the format.
 * docs/certificate.md has both.
 */
import { createHash } from 'node:crypto';
import { present } from '../internal.ts';
import type { Layout } from '../layout/format.ts';
import type { DomainPlan } from '../layout/plan.ts';
import { ROOT_TASK_NAME } from '../manifest/schema/limits.ts';

/** What the stack analysis found for a component: worst case, and the chain of calls that reaches it. */
export interface StackBound {
  component: string;
  /** `null`: the analysis found no bound. */
  worst_case_bytes: number | null;
  path: readonly string[];
}

export function certificate(
  plan: DomainPlan,
  layout: Layout,
  layoutText: string,
  stacks: readonly StackBound[],
): string {
  const { protection, board, manifest } = plan;
  const result = {
    format: 'cohesix-certificate/v1',
    manifest_sha256: manifest.hashes.manifest,
    layout_sha256: createHash('sha256').update(layoutText).digest('hex'),
    board: { name: board.name, ram_start: hex(board.ramStart), ram_end: hex(board.ramEnd) },
    // Capability closure: what the manifest says, so that each capability can be traced to it.
    declared: {
      domains: protection.domains.map(
        ({ name, component, server, devices, interrupts, supervisor, instances, pool }) => {
          return { name, component, server, devices, interrupts, supervisor, instances, pool };
        },
      ),
      rings: protection.rings.map(({ name, producer, consumer, bytes }) => ({ name, producer, consumer, bytes })),
      calls: protection.calls.map(({ name, clients, server, bytes }) => ({ name, clients, server, bytes })),
      dma: protection.dma.map(({ name, device, bytes }) => ({ name, device, bytes })),
    },
    // Memory disjointness: the domains that see each shared object, as ranges of objects.
    holders: holdersOf(layout),
    // Call order: calls go from a lower rank to a higher one, so that no circle is possible.
    ranks: ranksOf(layout),
    stacks: layout.domains.map(({ name, component, stackBytes }) => {
      const bound = present(
        stacks.find((entry) => entry.component === component),
        `stack bound of ${component}`,
      );
      return {
        domain: name,
        stack_bytes: stackBytes,
        worst_case_bytes: bound.worst_case_bytes,
        path: bound.path,
      };
    }),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

function holdersOf({ domains, rootChannels, shared }: Layout): { object: number; holders: string[] }[] {
  return shared.flatMap((_, object) => {
    const mapped = domains.filter(({ mappings }) => mappings.some((m) => m.source === 'shared' && m.index === object));
    const isRoots = rootChannels.some(({ frames }) => object >= frames.first && object < frames.first + frames.count);
    const holders = [...mapped.map(({ name }) => name), ...(isRoots ? [ROOT_TASK_NAME] : [])];
    return holders.length === 0 ? [] : [{ object, holders: holders.sort() }];
  });
}

/** Longest chain of calls that ends at a domain. The manifest's rules have refused circles. */
function ranksOf({ domains }: Layout): Record<string, number> {
  const ranks = new Map(domains.map(({ name }) => [name, 0]));
  const nameOf = (instance: number): string =>
    present(
      domains.find((d) => instance >= d.firstInstance && instance < d.firstInstance + d.instances),
      `domain of instance ${instance}`,
    ).name;
  const rank = (name: string): number => present(ranks.get(name), `rank of ${name}`);
  for (let round = 0; round < domains.length; round++) {
    for (const { name, calls } of domains) {
      for (const { server } of calls) {
        const callee = nameOf(server);
        ranks.set(callee, Math.max(rank(callee), rank(name) + 1));
      }
    }
  }
  return Object.fromEntries(ranks);
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
