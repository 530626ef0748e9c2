// SPDX-License-Identifier: Apache-2.0
/** Rules for approval policy, audit journal and host tree. Policy and audit are checked even while disabled. */
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import type { Manifest } from '../schema/manifest.ts';
import { atLeastOne, atMost, withinMsize } from './bounds.ts';
import { componentsOf, pathFault, PROTOCOL_DEPTH } from './paths.ts';

export const ecosystemCodes: CodeTable = {
  COH1901: {
    cause: 'A queue without room would refuse every action.',
    fix: 'write 1 or more',
  },
  COH1902: {
    cause: 'The queue is a fixed table of at most 64 entries.',
    fix: 'write 64 or less',
  },
  COH1903: {
    cause: 'The file could hold nothing.',
    fix: 'write 1 or more',
  },
  COH1904: {
    cause: 'The file is read in one frame, so it may not be larger than a frame.',
    fix: 'write a size up to `secure9p.msize`',
  },
  COH1905: {
    cause: 'Decisions name the rule that they follow from.',
    fix: 'give the rule a name',
  },
  COH1906: {
    cause: 'Names of rules are stored in fixed fields of 64 bytes.',
    fix: 'shorten the name',
  },
  COH1907: {
    cause: 'A rule names the path of a file in the node\'s tree; a component may be "*" for any name.',
    fix: 'write an absolute path of one to eight components, such as "/host/systemd/*/restart"',
  },
  COH1908: {
    cause: '"*" stands for exactly one whole component; parts of names cannot be matched.',
    fix: 'write "*" as the whole component, or the full name',
  },
  COH2001: {
    cause: 'The file could hold nothing.',
    fix: 'write 1 or more',
  },
  COH2002: {
    cause: 'The file is read in one frame, so it may not be larger than a frame.',
    fix: 'write a size up to `secure9p.msize`',
  },
  COH2003: {
    cause: 'A replay without entries does nothing.',
    fix: 'write 1 or more',
  },
  COH2004: {
    cause: 'The replay table has 256 entries.',
    fix: 'write 256 or less',
  },
  COH2005: {
    cause: 'What is replayed comes from the audit journal.',
    fix: 'set `ecosystem.audit.enable = true`, or switch the replay off',
  },
  COH2101: {
    cause: "The host tree needs a directory of its own in the node's tree.",
    fix: 'write an absolute path of one to eight components, such as "/host"',
  },
  COH2102: {
    cause: 'Without isolation every worker could write to the control files of the host.',
    fix: 'set `namespaces.role_isolation = true`, or `ecosystem.host.enable = false`',
  },
};

export function checkPolicy({ ecosystem, secure9p }: Manifest, report: Report): void {
  const { policy } = ecosystem;
  const queue = 'ecosystem.policy.queue_max_entries';
  if (atLeastOne(report, 'COH1901', queue, policy.queue_max_entries)) {
    atMost(report, 'COH1902', queue, policy.queue_max_entries, limit.MAX_POLICY_QUEUE_ENTRIES);
  }
  for (const key of ['queue_max_bytes', 'ctl_max_bytes', 'status_max_bytes'] as const) {
    const path = `ecosystem.policy.${key}`;
    if (atLeastOne(report, 'COH1903', path, policy[key])) {
      withinMsize(report, 'COH1904', path, policy[key], secure9p.msize);
    }
  }
  policy.rules.forEach((rule, index) => {
    checkRuleId(rule.id, `ecosystem.policy.rules[${index}].id`, report);
    checkRuleTarget(rule.target, `ecosystem.policy.rules[${index}].target`, report);
  });
}

function checkRuleId(id: string, path: string, report: Report): void {
  const label = 'ecosystem.policy.rules[].id';
  if (id === '') {
    report.error('COH1905', path, `${label} must not be empty`);
  } else if (Buffer.byteLength(id) > limit.MAX_POLICY_RULE_ID_LEN) {
    report.error('COH1906', path, `${label} '${id}' exceeds max length ${limit.MAX_POLICY_RULE_ID_LEN}`);
  }
}

function checkRuleTarget(target: string, path: string, report: Report): void {
  const label = 'ecosystem.policy.rules[].target';
  const fault = pathFault(target, PROTOCOL_DEPTH);
  if (fault !== undefined) {
    // The interface words two faults shorter here than for other paths.
    const wording = fault.replace('an absolute path', 'absolute').replace('empty path component', 'empty component');
    report.error('COH1907', path, `${label} ${wording}`);
  } else if (componentsOf(target).some((component) => component.includes('*') && component !== '*')) {
    report.error('COH1908', path, `${label} wildcard must be '*'`);
  }
}

export function checkAudit({ ecosystem, secure9p }: Manifest, report: Report): void {
  const { audit } = ecosystem;
  const sizes = [
    'journal_max_bytes',
    'decisions_max_bytes',
    'replay_ctl_max_bytes',
    'replay_status_max_bytes',
  ] as const;
  for (const key of sizes) {
    const path = `ecosystem.audit.${key}`;
    if (atLeastOne(report, 'COH2001', path, audit[key])) {
      withinMsize(report, 'COH2002', path, audit[key], secure9p.msize);
    }
  }
  const entries = 'ecosystem.audit.replay_max_entries';
  if (atLeastOne(report, 'COH2003', entries, audit.replay_max_entries)) {
    atMost(report, 'COH2004', entries, audit.replay_max_entries, limit.MAX_REPLAY_ENTRIES);
  }
  if (audit.replay_enable && !audit.enable) {
    const message = 'ecosystem.audit.replay_enable requires ecosystem.audit.enable = true';
    report.error('COH2005', ['ecosystem.audit.replay_enable', 'ecosystem.audit.enable'], message);
  }
}

export function checkHost({ ecosystem, namespaces }: Manifest, report: Report): void {
  if (!ecosystem.host.enable) return;
  const enable = 'ecosystem.host.enable';
  const fault = pathFault(ecosystem.host.mount_at, PROTOCOL_DEPTH);
  if (fault !== undefined) {
    report.error('COH2101', 'ecosystem.host.mount_at', `ecosystem.host.mount_at ${fault}`);
  }
  if (!namespaces.role_isolation) {
    const message = `${enable} requires namespaces.role_isolation = true`;
    report.error('COH2102', [enable, 'namespaces.role_isolation'], message);
  }
}
