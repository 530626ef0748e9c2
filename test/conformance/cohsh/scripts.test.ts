// SPDX-License-Identifier: Apache-2.0
/** The regression scripts on the mock; test/boot/cohsh runs the same ones on the image. */
import { describe, expect, it } from 'vitest';
import { checkScript } from '../../../host/cohsh/script/check.ts';
import { loadScript, runScript } from '../../../host/cohsh/script/run.ts';
import { mockShell } from './harness.ts';
import { rebase, regressionScripts, shardLabel } from './scripts.ts';

const scripts = regressionScripts();

describe('regression scripts', () => {
  it('are these', () => {
    expect(scripts.map(({ name }) => name)).toEqual([
      '9p_batch',
      'boot_v0',
      'busy_backpressure',
      'lifecycle_basic',
      'lifecycle_drain_spool',
      'lifecycle_reboot_resume',
      'observe_watch',
      'root_cut_basic',
      'session_lifecycle',
      'session_pool',
      'shard_1k',
      'tcp_basic',
      'telemetry_push_create',
      'telemetry_ring',
    ]);
  });

  it.each(scripts)('$name runs on a fresh mock', async ({ text }) => {
    checkScript(text);
    const { shell, capture } = await mockShell();
    await runScript(loadScript(text), shell, capture);
    await shell.close();
  });

  it('run one after the other on one mock', async () => {
    const { shell, capture } = await mockShell();
    let workers = 0;
    for (const script of scripts.filter(({ freshLog }) => !freshLog)) {
      await runScript(loadScript(rebase(script.text, workers, script.name)), shell, capture);
      workers += script.workers;
    }
    await shell.close();
  });

  it('are moved to other workers and their shards', () => {
    const moved = rebase(scripts.find(({ name }) => name === 'shard_1k')?.text ?? '', 2);
    expect(moved).not.toContain('worker-1');
    expect(moved).not.toContain('worker-2');
    for (const worker of ['worker-3', 'worker-4']) {
      expect(moved).toContain(`/shard/${shardLabel(worker)}/worker/${worker}/telemetry`);
      expect(moved).toContain(`ls /shard/${shardLabel(worker)}/worker\n`);
    }
  });
});
