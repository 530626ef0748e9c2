// SPDX-License-Identifier: Apache-2.0
/** Rules for rings and calls between domains: who may be at the ends, and the shape of the call graph. */
import type { CodeTable } from '../codes.ts';
import { nearestName } from '../nearest.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import type { DomainEntry, Protection } from '../schema/protection.ts';
import { checkPages } from './bounds.ts';

export const channelCodes: CodeTable = {
  COH3501: {
    cause: 'A channel joins domains of this manifest.',
    fix: 'correct the name, or add the domain',
  },
  COH3502: {
    cause: 'A domain reaches its own memory without a channel.',
    fix: 'name two different domains',
  },
  COH3503: {
    cause: 'The root task fills rings and never waits for a domain: a domain that stands still must not stop it.',
    fix: 'make the root task the producer of a ring, or use supervisor calls',
  },
  COH3504: {
    cause: 'Frames of a channel belong to one pair of domains; instances of a pool would share them.',
    fix: 'let the pool call a server over a channel without a buffer',
  },
  COH3505: {
    cause: 'An endpoint exists for the domains that declare themselves servers.',
    fix: 'set `server = true` for that domain',
  },
  COH3506: {
    cause: 'An endpoint that nobody calls is a capability without a use.',
    fix: 'add a call channel to the server, or set `server = false`',
  },
  COH3507: {
    cause: 'Domains that wait for each other in a circle wait for ever.',
    fix: 'turn one of the calls into a ring',
  },
  COH3508: {
    cause: 'A client of equal or higher priority could keep its server from running, and from answering anybody else.',
    fix: 'give the server a higher priority than each of its clients',
  },
  COH3509: {
    cause: 'One buffer holds one message at a time, of one client.',
    fix: 'declare a channel for each client, or leave `bytes` out',
  },
  COH3510: {
    cause: 'A call needs somebody who calls, and each of them once.',
    fix: 'name every client once',
  },
  COH3511: {
    cause: 'The first half of the buffer is for requests and the second for replies, both in whole pages.',
    fix: 'write a multiple of 8192, or 0 for a channel without a buffer',
  },
  COH3512: {
    cause:
      'With one channel between two domains, the capability says what is called; a second one would grant nothing more.',
    fix: 'remove one of the two channels',
  },
};

export function checkChannels(protection: Protection, report: Report): void {
  const byName = new Map(protection.domains.map((domain) => [domain.name, domain]));
  checkRings(protection, byName, report);
  checkCalls(protection, byName, report);
  checkServersAreUsed(protection, report);
  checkCallGraph(protection, byName, report);
}

type Domains = ReadonlyMap<string, DomainEntry>;

function checkRings({ rings }: Protection, domains: Domains, report: Report): void {
  rings.forEach(({ name, producer, consumer, bytes }, index) => {
    const path = `protection.rings[${index}]`;
    checkPages(report, `${path}.bytes`, bytes, `size of ring ${name}`);
    if (consumer === limit.ROOT_TASK_NAME) {
      report.error('COH3503', `${path}.consumer`, `ring ${name}: the root task cannot be the consumer`);
    } else if (producer === consumer) {
      report.error('COH3502', `${path}.consumer`, `ring ${name}: ${consumer} is at both ends`);
    } else {
      for (const key of ['producer', 'consumer'] as const) {
        const end = key === 'producer' ? producer : consumer;
        if (end === limit.ROOT_TASK_NAME) continue;
        const domain = findEnd(end, `${path}.${key}`, `ring ${name}`, domains, report);
        if (domain?.pool) report.error('COH3504', `${path}.${key}`, `ring ${name}: ${end} is a pool`);
      }
    }
  });
}

function findEnd(
  end: string,
  path: string,
  channel: string,
  domains: Domains,
  report: Report,
): DomainEntry | undefined {
  const domain = domains.get(end);
  if (domain !== undefined) return domain;
  const near = nearestName(end, [...domains.keys()]);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  // The name may be one that could not be read.
  report.error('COH3501', [path, 'protection.domains'], `${channel}: no domain is called '${end}'${hint}`);
  return undefined;
}

function checkCalls({ calls }: Protection, domains: Domains, report: Report): void {
  const pairs = new Map<string, string>();
  calls.forEach(({ name, clients, server, bytes }, index) => {
    const path = `protection.calls[${index}]`;
    const channel = `call ${name}`;
    if (bytes % (2 * limit.PAGE_BYTES) !== 0) {
      report.error('COH3511', `${path}.bytes`, `size of ${channel} is ${bytes}, not a multiple of 8192`);
    }
    if (clients.length === 0) report.error('COH3510', `${path}.clients`, `${channel} has no clients`);
    if (bytes > 0 && clients.length > 1) {
      report.error('COH3509', `${path}.bytes`, `${channel} has a buffer, but ${clients.length} clients`);
    }
    checkServer(server, `${path}.server`, channel, domains, report);
    clients.forEach((client, at) => {
      const clientPath = `${path}.clients[${at}]`;
      if (clients.indexOf(client) !== at) {
        report.error('COH3510', clientPath, `${channel}: client ${client} is named twice`);
        return;
      }
      const other = pairs.get(`${client} ${server}`);
      if (other !== undefined) {
        report.error('COH3512', clientPath, `${channel}: ${client} calls ${server} over ${other} already`);
      }
      pairs.set(`${client} ${server}`, name);
      checkClient(client, server, bytes, clientPath, channel, domains, report);
    });
  });
}

function checkServer(server: string, path: string, channel: string, domains: Domains, report: Report): void {
  if (server === limit.ROOT_TASK_NAME) {
    report.error('COH3503', path, `${channel}: the root task is called over the supervisor endpoint only`);
    return;
  }
  const domain = findEnd(server, path, channel, domains, report);
  // A pool that claims to be a server has been refused for that.
  if (domain !== undefined && !domain.server) report.error('COH3505', path, `${channel}: ${server} is no server`);
}

function checkClient(
  client: string,
  server: string,
  bytes: number,
  path: string,
  channel: string,
  domains: Domains,
  report: Report,
): void {
  if (client === limit.ROOT_TASK_NAME) {
    report.error('COH3503', path, `${channel}: the root task cannot be a client`);
  } else if (client === server) {
    report.error('COH3502', path, `${channel}: ${client} is at both ends`);
  } else {
    const domain = findEnd(client, path, channel, domains, report);
    if (domain?.pool && bytes > 0) report.error('COH3504', path, `${channel}: ${client} is a pool`);
  }
}

function checkServersAreUsed({ domains, calls }: Protection, report: Report): void {
  domains.forEach(({ name, server }, index) => {
    if (!server || calls.some((call) => call.server === name)) return;
    report.error('COH3506', [`protection.domains[${index}].server`, 'protection.calls'], `nobody calls server ${name}`);
  });
}

interface Edge {
  client: string;
  server: string;
  channel: string;
  path: string;
}

function checkCallGraph({ calls }: Protection, domains: Domains, report: Report): void {
  const edges = calls.flatMap(({ name, clients, server }, index): Edge[] =>
    clients
      .filter((client) => domains.has(client) && domains.has(server) && client !== server)
      .map((client, at) => ({ client, server, channel: name, path: `protection.calls[${index}].clients[${at}]` })),
  );
  const cycle = findCycle(edges);
  if (cycle !== undefined) {
    const [first] = cycle;
    const text = [...cycle.map(({ client }) => client), first.client].join(' → ');
    report.error('COH3507', [first.path, 'protection.domains'], `calls form a circle: ${text}`);
    return;
  }
  for (const { client, server, channel, path } of edges) {
    const [low, high] = [domains.get(client)?.priority, domains.get(server)?.priority];
    // A name that is no domain's was refused above.
    if (low === undefined || high === undefined || low < high) continue;
    const message = `call ${channel}: client ${client} has priority ${low}, not below server ${server} with ${high}`;
    report.error('COH3508', [path, 'protection.domains'], message);
  }
}

/** The calls of one circle, from the first in the manifest on. */
function findCycle(edges: readonly Edge[]): [Edge, ...Edge[]] | undefined {
  const done = new Set<string>();
  for (const start of edges) {
    const trail: Edge[] = [];
    const found = follow(start, edges, trail, done);
    if (found !== undefined) return found;
  }
  return undefined;
}

function follow(edge: Edge, edges: readonly Edge[], trail: Edge[], done: Set<string>): [Edge, ...Edge[]] | undefined {
  trail.push(edge);
  const closing = trail.findIndex(({ client }) => client === edge.server);
  const circle = closing === -1 ? [] : trail.slice(closing);
  if (circle[0] !== undefined) return [circle[0], ...circle.slice(1)];
  if (!done.has(edge.server)) {
    for (const next of edges.filter(({ client }) => client === edge.server)) {
      const found = follow(next, edges, trail, done);
      if (found !== undefined) return found;
    }
    done.add(edge.server);
  }
  trail.pop();
  return undefined;
}
