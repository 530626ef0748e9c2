// SPDX-License-Identifier: Apache-2.0
/** Schema of what stands around the node: host providers, audit, policy, models, field-bus and LoRa sidecars. */
import { array, boolean, oneOf, string, table, u16, u32, u64, u8 } from './dsl.ts';
import * as limit from './limits.ts';

export const host = table('State of the host, mirrored into the tree.', {
  enable: boolean('The host tree is mounted.', { absent: false }),
  providers: array('What is mirrored.', oneOf('Provider.', ['systemd', 'k8s', 'docker', 'nvidia', 'jetson', 'net']), {
    default: [],
  }),
  mount_at: string('Where the host tree is mounted.', { default: '/host' }),
});

const audit = table('Journal of what was asked and decided.', {
  enable: boolean('The journal is kept.', { default: false }),
  journal_max_bytes: u32('Size of the journal.', { default: 8192, min: 1 }),
  decisions_max_bytes: u32('Size of the list of decisions.', { default: 4096, min: 1 }),
  replay_enable: boolean('Journal entries can be replayed.', { default: false }),
  replay_max_entries: u16('Entries in one replay.', { default: 64, min: 1, max: limit.MAX_REPLAY_ENTRIES }),
  replay_ctl_max_bytes: u32('Size of the replay control file.', { default: 1024, min: 1 }),
  replay_status_max_bytes: u32('Size of the replay status file.', { default: 1024, min: 1 }),
});

const policy = table('Actions that need approval.', {
  enable: boolean('Approval is enforced.', { default: false }),
  queue_max_entries: u16('Actions that may wait.', { default: 32, min: 1, max: limit.MAX_POLICY_QUEUE_ENTRIES }),
  queue_max_bytes: u32('Size of the queue.', { default: 4096, min: 1 }),
  ctl_max_bytes: u32('Size of the control file.', { default: 2048, min: 1 }),
  status_max_bytes: u32('Size of the status file.', { default: 512, min: 1 }),
  rules: array(
    'Which writes need approval.',
    table('One rule.', {
      id: string('Name of the rule.'),
      target: string('Absolute path; a component may be "*".'),
    }),
    { default: [] },
  ),
});

export const ecosystem = table('Ties to the host and to operators.', {
  host,
  audit,
  policy,
  models: table('Model registry.', {
    enable: boolean('The registry is mounted; needs the CAS.', { default: false }),
  }),
});

const busAdapter = table('One field-bus adapter.', {
  id: string('Name of the adapter.'),
  mount: string('Directory of the adapter under mount_at.'),
  scope: string('Ticket subject that may use the adapter.'),
  link: oneOf('Kind of link.', ['serial', 'tcp']),
  baud: u32('Speed of a serial link, in baud.', { default: 0 }),
  spool: table('What is kept while the link is down.', {
    max_entries: u16('Entries kept.', { default: 32, min: 1, max: limit.MAX_SPOOL_ENTRIES }),
    max_bytes: u32('Bytes kept.', { default: 4096, min: 1 }),
  }),
});

function busSidecar(name: string) {
  return table(`${name} sidecar.`, {
    enable: boolean('The sidecar is mounted.', { default: false }),
    mount_at: string('Where its adapters are mounted.', { default: '/bus' }),
    adapters: array('Its adapters.', busAdapter, { default: [] }),
  });
}

const lora = table('LoRa sidecar.', {
  enable: boolean('The sidecar is mounted.', { default: false }),
  mount_at: string('Where its adapters are mounted.', { default: '/lora' }),
  adapters: array(
    'Its adapters.',
    table('One LoRa adapter.', {
      id: string('Name of the adapter.'),
      mount: string('Directory of the adapter under mount_at.'),
      scope: string('Ticket subject that may use the adapter.'),
      region: string('Radio region, e.g. "us915".'),
      duty_cycle_percent: u8('Share of a window in which the radio may send.', { min: 1, max: 100 }),
      window_ms: u64('Length of the duty-cycle window.', { min: 1 }),
      max_payload_bytes: u32('Largest payload.', { min: 1 }),
      tamper_log_max_entries: u16('Entries in the tamper log.', { min: 1 }),
    }),
    { default: [] },
  ),
});

export const sidecars = table('Bridges to field buses and radios.', {
  modbus: busSidecar('Modbus'),
  dnp3: busSidecar('DNP3'),
  lora,
});
