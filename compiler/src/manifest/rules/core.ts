// SPDX-License-Identifier: Apache-2.0
/** Rules for the tables of the image itself: schema, transport, features, cache, mounts, sharding, tickets. */
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import type { Manifest } from '../schema/manifest.ts';
import { atLeastOne, atMost } from './bounds.ts';
import { componentsOf, isLegacyWorkerPath } from './paths.ts';

export const coreCodes: CodeTable = {
  COH1101: {
    cause: 'Keys and their meaning change between schemas, so a compiler reads only the one that it was built for.',
    fix: 'write `schema = "1.5"` or `schema = "2.0"`, or use the compiler that belongs to the other schema',
  },
  COH1201: {
    cause: 'Frame buffers on both sides are 8192 bytes.',
    fix: 'write 8192 or less',
  },
  COH1202: {
    cause: 'The protocol walks at most eight components.',
    fix: 'write 8 or less',
  },
  COH1203: {
    cause: 'Without a tag no request can be sent.',
    fix: 'write 1 or more; 16 suits most clients',
  },
  COH1204: {
    cause: 'A write holds at least one frame.',
    fix: 'write 1 or more',
  },
  COH1301: {
    cause: 'An image on seL4 has no standard input and output.',
    fix: 'set `features.std_console = false`, or `profile.kernel = false` for a host build',
  },
  COH1302: {
    cause: 'Host tools cannot run inside an image on seL4.',
    fix: 'set `features.std_host_tools = false`, or `profile.kernel = false` for a host build',
  },
  COH1401: {
    cause: 'User-level code cannot maintain these caches; it asks the kernel.',
    fix: 'set `cache.kernel_ops = true`, or switch the other cache keys off',
  },
  COH1501: {
    cause: 'No client could walk to a deeper mount.',
    fix: 'mount the service at eight components or fewer',
  },
  COH1502: {
    cause: 'A mount point is a fixed place; ".." would make it depend on another.',
    fix: 'write the components without ".."',
  },
  COH1503: {
    cause: 'A directory cannot have an empty name, and a mount needs at least one component.',
    fix: 'remove the empty component, or name the directory',
  },
  COH1601: {
    cause: 'Shard labels are one byte, two hexadecimal digits.',
    fix: 'write 8 or less',
  },
  COH1602: {
    cause: '/shard/<label>/worker/<id>/telemetry has five components.',
    fix: 'raise `secure9p.walk_depth` to 5 or more, or switch sharding off',
  },
  COH1603: {
    cause: '/worker/<id>/telemetry has three components.',
    fix: 'raise `secure9p.walk_depth` to 3 or more, or switch the alias off',
  },
  COH1604: {
    cause: 'With the alias off nothing is addressed as /worker, so that sharding can change without breaking paths.',
    fix: 'mount below /shard, or set `sharding.legacy_worker_alias = true`',
  },
  COH1605: {
    cause: 'With the alias off nothing is addressed as /worker, so that sharding can change without breaking paths.',
    fix: 'name the path below /shard, or set `sharding.legacy_worker_alias = true`',
  },
  COH1701: {
    cause: 'The same secret is given twice for one role; one of the two entries was meant to be something else.',
    fix: 'remove one entry, or correct its role or secret',
  },
  COH1801: {
    cause: 'A ticket has room for sixteen scopes.',
    fix: 'write 16 or less',
  },
  COH1802: {
    cause: 'A scope without a path grants nothing.',
    fix: 'write 1 or more',
  },
  COH1803: {
    cause: 'A path in a ticket is at most 255 bytes long.',
    fix: 'write 255 or less',
  },
};

export function checkSchemaVersion({ root_task }: Manifest, report: Report): void {
  if (limit.SCHEMA_VERSIONS.includes(root_task.schema)) return;
  const message = `unsupported root_task.schema ${root_task.schema} (expected ${limit.SCHEMA_VERSION})`;
  report.error('COH1101', 'root_task.schema', message);
}

export function checkSecure9p({ secure9p }: Manifest, report: Report): void {
  atMost(report, 'COH1201', 'secure9p.msize', secure9p.msize, limit.MAX_MSIZE, 'maximum');
  atMost(report, 'COH1202', 'secure9p.walk_depth', secure9p.walk_depth, limit.MAX_WALK_DEPTH, 'maximum');
  atLeastOne(report, 'COH1203', 'secure9p.tags_per_session', secure9p.tags_per_session);
  atLeastOne(report, 'COH1204', 'secure9p.batch_frames', secure9p.batch_frames);
}

export function checkKernelProfile({ profile, features }: Manifest, report: Report): void {
  if (!profile.kernel) return;
  if (features.std_console) {
    report.error('COH1301', ['features.std_console', 'profile.kernel'], 'std_console requires profile.kernel = false');
  }
  if (features.std_host_tools) {
    const message = 'std_host_tools requires profile.kernel = false';
    report.error('COH1302', ['features.std_host_tools', 'profile.kernel'], message);
  }
}

export function checkCache({ cache }: Manifest, report: Report): void {
  if (cache.kernel_ops || !(cache.dma_clean || cache.dma_invalidate || cache.unify_instructions)) return;
  report.error('COH1401', 'cache.kernel_ops', 'cache.kernel_ops must be true when cache maintenance is requested');
}

export function checkMounts({ namespaces }: Manifest, report: Report): void {
  namespaces.mounts.forEach(({ service, target }, index) => {
    const path = `namespaces.mounts[${index}].target`;
    const label = `namespace mount ${service}`;
    if (target.length > limit.MAX_WALK_DEPTH) {
      report.error('COH1501', path, `${label} exceeds walk depth ${limit.MAX_WALK_DEPTH}`);
    } else if (target.includes('..')) {
      report.error('COH1502', path, `${label} contains disallowed '..'`);
    } else if (target.length === 0 || target.includes('')) {
      report.error('COH1503', path, `${label} contains empty path component`);
    }
  });
}

export function checkSharding(manifest: Manifest, report: Report): void {
  const { sharding, secure9p } = manifest;
  atMost(report, 'COH1601', 'sharding.shard_bits', sharding.shard_bits, limit.MAX_SHARD_BITS);
  if (sharding.enabled && secure9p.walk_depth < 5) {
    const message = 'sharding.enabled requires secure9p.walk_depth >= 5';
    report.error('COH1602', ['sharding.enabled', 'secure9p.walk_depth'], message);
  }
  if (sharding.legacy_worker_alias) {
    if (secure9p.walk_depth >= 3) return;
    const message = 'sharding.legacy_worker_alias requires secure9p.walk_depth >= 3';
    report.error('COH1603', ['sharding.legacy_worker_alias', 'secure9p.walk_depth'], message);
    return;
  }
  checkNoLegacyPaths(manifest, report);
}

function checkNoLegacyPaths({ namespaces, ecosystem }: Manifest, report: Report): void {
  const alias = 'sharding.legacy_worker_alias';
  const reason = `references legacy /worker paths while ${alias} is false`;
  namespaces.mounts.forEach(({ service, target }, index) => {
    if (!isLegacyWorkerPath(target)) return;
    report.error('COH1604', [`namespaces.mounts[${index}].target`, alias], `namespace mount ${service} ${reason}`);
  });
  ecosystem.policy.rules.forEach(({ target }, index) => {
    if (!isLegacyWorkerPath(componentsOf(target))) return;
    const path = `ecosystem.policy.rules[${index}].target`;
    report.error('COH1605', [path, alias], `ecosystem.policy.rules[].target ${reason}`);
  });
}

export function checkDuplicateTickets({ tickets }: Manifest, report: Report): void {
  const seen = new Set<string>();
  tickets.forEach(({ role, secret }, index) => {
    const entry = `${role}\0${secret}`;
    if (seen.has(entry)) {
      report.error('COH1701', `tickets[${index}]`, `duplicate ticket entry for role ${role}`);
    }
    seen.add(entry);
  });
}

export function checkTicketLimits({ ticket_limits: limits }: Manifest, report: Report): void {
  atMost(report, 'COH1801', 'ticket_limits.max_scopes', limits.max_scopes, limit.MAX_TICKET_SCOPES, 'maximum');
  const path = 'ticket_limits.max_scope_path_len';
  if (atLeastOne(report, 'COH1802', path, limits.max_scope_path_len)) {
    atMost(report, 'COH1803', path, limits.max_scope_path_len, limit.MAX_TICKET_SCOPE_PATH_LEN, 'maximum');
  }
}
