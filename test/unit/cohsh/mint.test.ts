// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyTicket } from '../../../host/client/index.ts';
import { parseSettings } from '../../../host/cohsh/args.ts';
import { main, type Io } from '../../../host/cohsh/main.ts';
import { mint } from '../../../host/cohsh/mint.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cohsh-mint-'));
  writeFileSync(join(dir, 'one-role.toml'), '[[tickets]]\nrole = "queen"\nsecret = "s1"\n');
  const limits = 'max_scopes = 2\nmax_scope_path_len = 20\nmax_scope_rate_per_s = 64\ncursor_advances = 0\n';
  const quotas = 'bandwidth_bytes = 131072\ncursor_resumes = 16\n';
  writeFileSync(
    join(dir, 'limits.toml'),
    `[[tickets]]\nrole = "queen"\nsecret = "s1"\n[ticket_limits]\n${limits}${quotas}`,
  );
  writeFileSync(join(dir, 'broken.toml'), '[[tickets\n');
});
afterAll(() => rmSync(dir, { recursive: true }));

const NOW_MS = 1_700_000_000_000n;

function minted(argv: readonly string[]) {
  const { mode } = parseSettings(['mint', ...argv], {});
  if (mode.kind !== 'mint') throw new Error('not minting');
  return mint(mode.mint, NOW_MS);
}

describe('a minted ticket', () => {
  it('has the budget of its role', () => {
    const { token, warning } = minted([
      '--role',
      'worker',
      '--ticket-subject',
      'worker-1',
      '--ticket-secret',
      'worker',
    ]);
    expect(token).toBe(
      'cohesix-ticket-01010fe80300000000000010270000000000002c010000000000000800776f726b65722d310068e5cf8b01000000000000.f134e615612664333a0639b469b5b820de88df0824e2a0a6a3ebf9a51a582e16',
    );
    expect(warning).toBeUndefined();
  });

  it('has the scopes, quotas and budget that were asked for', () => {
    const limits = ['--ticket-scope', '/log:read:2', '--ticket-scope', '/queen:write', '--ticket-bandwidth', '1000'];
    const budget = ['--ticket-cursor-advances', '5', '--ticket-ttl-s', '60'];
    const { token } = minted(['--role', 'queen', '--ticket-secret', 's', ...limits, ...budget]);
    expect(verifyTicket(token, 's')).toEqual({
      role: 'queen',
      issued_at_ms: NOW_MS,
      ttl_s: 60n,
      scopes: [
        { path: '/log', verb: 'read', rate_per_s: 2 },
        { path: '/queen', verb: 'write', rate_per_s: 0 },
      ],
      quotas: { bandwidth_bytes: 1000n, cursor_resumes: 0, cursor_advances: 5 },
    });
  });

  it('keeps what is not overridden of the usual budget', () => {
    const { token } = minted([
      '--role',
      'worker-gpu',
      '--ticket-subject',
      'g',
      '--ticket-secret',
      's',
      '--ticket-ttl-s',
      '9',
    ]);
    expect(verifyTicket(token, 's')).toMatchObject({ ops: 64n, ttl_s: 9n });
  });

  it('that is too long for a console says so', () => {
    const long = ['--ticket-scope', `/${'a'.repeat(90)}:read`];
    const { token, warning } = minted(['--role', 'queen', '--ticket-secret', 's', ...long]);
    expect(warning).toBe(
      `the ticket has ${token.length} bytes: consoles take 224, so it is good for --transport 9p only`,
    );
  });

  it('is signed with the secret of a manifest', () => {
    const { token } = minted(['--role', 'queen', '--ticket-config', join(dir, 'one-role.toml')]);
    expect(verifyTicket(token, 's1').role).toBe('queen');
  });
});

describe("the manifest's limits of tickets", () => {
  const mintIn = (config: string, argv: readonly string[]) =>
    minted(['--role', 'queen', '--ticket-config', join(dir, config), ...argv]);

  it.each([
    [['--ticket-scope', '/log:read:999'], 'scope rate 999 exceeds 64', 'max_scope_rate_per_s'],
    [['/a', '/b', '/c'].flatMap((at) => ['--ticket-scope', `${at}:read`]), 'scope count 3 exceeds 2', 'max_scopes'],
    [['--ticket-scope', `/${'a'.repeat(20)}:read`], 'scope path length 21 exceeds 20', 'max_scope_path_len'],
    [['--ticket-bandwidth', '131073'], 'bandwidth quota 131073 exceeds 131072', 'bandwidth_bytes'],
    [['--ticket-cursor-resumes', '17'], 'cursor resume quota 17 exceeds 16', 'cursor_resumes'],
  ])('refuse %j', (argv, reason, limit) => {
    const message = `${reason}, which is ticket_limits.${limit} in ${join(dir, 'limits.toml')}`;
    expect(() => mintIn('limits.toml', argv)).toThrow(message);
    expect(mintIn('one-role.toml', argv).token).toMatch(/^cohesix-ticket-/);
  });

  it('are reached, and zero is none', () => {
    const most = [
      '--ticket-scope',
      `/${'a'.repeat(19)}:read:64`,
      '--ticket-scope',
      '/b:read',
      '--ticket-bandwidth',
      '131072',
    ];
    expect(mintIn('limits.toml', [...most, '--ticket-cursor-advances', '9999']).token).toMatch(/^cohesix-ticket-/);
  });
});

describe('minting fails with exit code 1 and one line', () => {
  it.each([
    [['--role', 'worker', '--ticket-secret', 's'], 'worker roles require a subject identity'],
    [['--role', 'worker', '--ticket-secret', 's', '--ticket-subject', '  '], 'worker roles require a subject identity'],
    [['--role', 'queen', '--ticket-config', 'DIR/absent.toml'], 'failed to read ticket config DIR/absent.toml'],
    [['--role', 'queen', '--ticket-config', 'DIR/broken.toml'], 'failed to parse ticket config DIR/broken.toml'],
    [
      ['--role', 'worker-bus', '--ticket-subject', 'b', '--ticket-config', 'DIR/one-role.toml'],
      'ticket secret for role WorkerBus not found in DIR/one-role.toml',
    ],
  ])('%j', async (argv, text) => {
    const shown = { out: '', err: '' };
    const io: Io = { env: {}, input: process.stdin, stdout: (t) => (shown.out += t), stderr: (t) => (shown.err += t) };
    expect(await main(['mint', ...argv.map((word) => word.replace('DIR', dir))], io)).toBe(1);
    expect(shown).toEqual({ out: '', err: `Error: ${text.replace('DIR', dir)}\n` });
  });
});
