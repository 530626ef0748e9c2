// SPDX-License-Identifier: Apache-2.0
/**
 * What goes wrong between an operator and a node: one clear line that says what and what to do, the right exit code, and nothing
 * half done. Against a booted node, and where no node is.
 */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseHostPort } from 'qemu-wasm-runner';
import {
  attachQueen,
  BUILD_TIMEOUT_MS,
  cohsh,
  cohshImage,
  flagsTo,
  type Ports,
  RUN_TIMEOUT_MS,
  Session,
  TRANSPORTS,
  withNode,
} from './cohsh.ts';

/** A ticket of the queen whose time was over when it was made. */
const EXPIRED =
  'cohesix-ticket-0100040000000000000000000000000000000000000000.e9b8bc4e26e2f06725347bdd8983fb3efc170658fc6af53cabb746bef58deddb';
const LIMIT_MS = 30_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cohsh-failures-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function freePorts(): Promise<Ports> {
  const [console, nine] = [await chooseHostPort({ guest_port: 1 }), await chooseHostPort({ guest_port: 2 })];
  return { console: console.host_port, nine: nine.host_port };
}

/** A script that only attaches. */
function attachScript(line: string): string {
  const file = join(folder, 'attach.coh');
  writeFileSync(file, `${line}\n`, { mode: 0o600 });
  return file;
}

/** Lines of standard error that are not news of the connection. */
function errors(err: string): string[] {
  return err.split('\n').filter((line) => line !== '' && !/^\[cohsh\]\[\w+\]/.test(line));
}

describe.each(TRANSPORTS)('without a node, over %s', (transport) => {
  it(
    'says where it has looked',
    async () => {
      const ports = await freePorts();
      const port = transport === 'tcp' ? ports.console : ports.nine;
      const reason = `cannot connect to 127.0.0.1:${port}: connection refused`;
      const flags = flagsTo(transport, ports);
      const piped = await cohsh(flags, [attachQueen(transport)]);
      expect(piped.code).toBe(1);
      expect(errors(piped.err)).toEqual([`Error: ${reason} (check host and port, and that the node runs (make boot))`]);
      const auto = await cohsh([...flags, '--role', 'queen', '--ticket', EXPIRED]);
      expect(auto.code).toBe(1);
      expect(auto.err).toContain(`[cohsh] ${transport.toUpperCase()} attach failed (attempt 1): ${reason}`);
      expect(auto.out).toContain("detached shell: run 'attach <role>' to connect");
      const scripted = await cohsh([...flags, '--script', attachScript(attachQueen(transport))]);
      expect(scripted.code).toBe(1);
      expect(scripted.err).toContain(reason);
    },
    LIMIT_MS,
  );
});

describe('a node of its own', () => {
  let image: string;
  beforeAll(async () => {
    image = await cohshImage();
  }, BUILD_TIMEOUT_MS);
  const flags = (...more: readonly string[]): string[] => ['--transport', 'qemu', ...more];

  it.each([
    [['--qemu-out-dir', '/nowhere'], 'image /nowhere/image.elf does not exist (build it with: make image)'],
    [
      ['--qemu-arg=-bogus'],
      /^QEMU did not start: QEMU ended with exit code 1: .*-bogus.*\(check the image and the machine options\)$/,
    ],
    [['--qemu-bin', 'no-such-qemu'], /^no-such-qemu cannot be started: not found \(install it with: .*\)$/],
  ] as const)(
    'that cannot be booted: %j',
    async (wrong, reason) => {
      const place = wrong[0] === '--qemu-out-dir' ? [] : ['--qemu-out-dir', dirname(image)];
      const { code, err } = await cohsh(flags(...place, ...wrong), ['attach queen']);
      expect(code).toBe(1);
      const [error = '', ...others] = errors(err);
      expect(others).toEqual([]);
      if (typeof reason === 'string') expect(error).toBe(`Error: ${reason}`);
      else expect(error.replace(/^Error: /, '')).toMatch(reason);
    },
    LIMIT_MS,
  );

  it(
    'whose machine ends',
    async () => {
      const pidFile = join(folder, 'qemu.pid');
      const options = ['--qemu-out-dir', dirname(image), '--qemu-arg=-pidfile', `--qemu-arg=${pidFile}`];
      const session = new Session(flags(...options, '--retry-max-attempts', '1'));
      session.line('attach queen');
      await session.says('attached session', LIMIT_MS);
      process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
      await session.says('[cohsh][qemu] the machine has ended: QEMU was killed by SIGKILL');
      session.line('ls /');
      const { code, err } = await session.end();
      expect(code).toBe(1);
      expect(errors(err).at(0)).toBe(
        'Error: the machine has ended: QEMU was killed by SIGKILL (start cohsh again to boot another one)',
      );
    },
    2 * LIMIT_MS,
  );
});

describe('on a node', () => {
  beforeAll(() => cohshImage(), BUILD_TIMEOUT_MS);

  it(
    'a wrong token, expired and wrong tickets, a policy that is not the one',
    () =>
      withNode('failures/credentials', async ({ ports }) => {
        const tcp = flagsTo('tcp', ports);
        const token = await cohsh([...tcp, '--auth-token', 'wrong-token-x'], ['attach queen']);
        expect(token.code).toBe(1);
        expect(errors(token.err)).toHaveLength(1);
        expect(token.err).toMatch(
          /^Error: authentication failed: reason=invalid-(token|length) \(check the token: --auth-token or COHSH_AUTH_TOKEN\)$/m,
        );
        expect(token.err + token.out).not.toContain('wrong-token-x');
        for (const transport of TRANSPORTS) {
          const flags = flagsTo(transport, ports);
          const expired = await cohsh([...flags, '--script', attachScript(`attach queen ${EXPIRED}`)]);
          expect(expired.code).toBe(1);
          expect(expired.out).toContain('[console] ERR ATTACH reason=quota detail=expired');
          expect(expired.err).toContain(
            'remote attach failed: reason=quota detail=expired (mint a new ticket and attach again)',
          );
          expect(expired.err + expired.out).not.toContain(EXPIRED.slice(0, 40));
        }
        const policy = join(folder, 'cohsh_policy.toml');
        writeFileSync(policy, '[meta]\n');
        writeFileSync(`${policy}.sha256`, `${'0'.repeat(64)}  cohsh_policy.toml\n`);
        const mismatch = await cohsh([...tcp, '--policy', policy], ['attach queen', 'echo never > /log/queen.log']);
        expect(mismatch.code).toBe(1);
        expect(errors(mismatch.err)).toHaveLength(1);
        expect(mismatch.err).toMatch(/^Error: cohsh policy hash mismatch: expected 0{64} got [0-9a-f]{64} \(/);
        expect(mismatch.out).toBe('');
      }),
    RUN_TIMEOUT_MS,
  );

  it.each(TRANSPORTS)(
    'a node that goes away and comes back, over %s',
    async (transport) => {
      const ports = await freePorts();
      const session = new Session(flagsTo(transport, ports));
      const attach = attachQueen(transport);
      await withNode(
        `failures/restart/${transport}/first`,
        async ({ machine }) => {
          session.line(attach);
          await session.says('attached session');
          await machine.stop();
          await session.says(`[cohsh][${transport}] connection lost`);
        },
        ports,
      );
      // The role and the ticket of before are used again.
      await withNode(
        `failures/restart/${transport}/second`,
        async () => {
          session.line('ls /worker');
          await session.says(`[cohsh][${transport}] remote NineDoor ready as role Queen`);
          await session.says('OK LS path=/worker entries=0');
          const { code, err } = await session.end();
          expect({ code, errors: errors(err) }).toEqual({ code: 0, errors: [] });
          expect(err).not.toContain('cohesix-ticket-0');
        },
        ports,
      );
    },
    2 * RUN_TIMEOUT_MS,
  );

  it.each(TRANSPORTS)(
    'a node that goes away for good, under a command and before one, over %s',
    async (transport) => {
      const ports = await freePorts();
      const session = new Session([...flagsTo(transport, ports), '--retry-max-attempts', '2']);
      await withNode(
        `failures/gone/${transport}`,
        async ({ machine }) => {
          session.line(attachQueen(transport));
          session.line('tail -f /log/queen.log');
          await session.says('OK TAIL path=/log/queen.log');
          await machine.stop();
          await session.says(/^Error: (connection lost|cannot connect).* \(.*\)$/m);
        },
        ports,
      );
      session.line('echo lost > /log/queen.log');
      const { code, err } = await session.end();
      expect(code).toBe(1);
      expect(errors(err)).toHaveLength(2);
      expect(errors(err).at(1)).toMatch(/^Error: cannot connect to 127\.0\.0\.1:\d+: connection refused \(/);
    },
    RUN_TIMEOUT_MS + LIMIT_MS,
  );

  it.each(TRANSPORTS)(
    'a node that does not answer, and is then gone, over %s',
    (transport) =>
      withNode(`failures/silent/${transport}`, async ({ machine, ports }) => {
        const flags = flagsTo(transport, ports);
        const silent = new Session([...flags, '--retry-timeout-ms', '700', '--retry-max-attempts', '1']);
        const reset = new Session([...flags, '--retry-max-attempts', '1']);
        for (const session of [silent, reset]) {
          session.line(attachQueen(transport));
          await session.says('attached session');
        }
        // The emulator stands still, with all connections open.
        process.kill(machine.pid, 'SIGSTOP');
        silent.line('spawn heartbeat ticks=5');
        reset.line('spawn heartbeat ticks=5');
        await silent.says(/^Error: .*within 700 ms/m);
        await machine.stop();
        const results = [await silent.end(), await reset.end()];
        for (const { code, err } of results) {
          expect(code).toBe(1);
          expect(errors(err)).toHaveLength(1);
          // Whether there is a worker now is not known, and that is what is to be said.
          expect(err).toMatch(/^Error: .* \(it may or may not have been carried out: look before you repeat it\)$/m);
        }
      }),
    RUN_TIMEOUT_MS,
  );

  it(
    'a push that is interrupted leaves whole records only, or none',
    () =>
      withNode('failures/push', async ({ ports }) => {
        const flags = flagsTo('9p', ports);
        const large = join(folder, 'large.bin');
        writeFileSync(large, '');
        truncateSync(large, 1 << 30);
        const push = new Session(flags);
        push.line(attachQueen('9p'));
        await push.says('attached session');
        push.line(`telemetry push ${large} --device dev-1 --reference`);
        await new Promise((resolve) => setTimeout(resolve, 200));
        push.interrupt();
        const { code, err } = await push.result;
        expect(code).toBe(130);
        expect(errors(err)).toEqual(['Error: interrupted']);
        const seen = await cohsh(flags, [attachQueen('9p'), 'ls /queen/telemetry/dev-1/seg']);
        // Nothing is sent before all of it is ready.
        expect(seen.out).toContain('OK LS path=/queen/telemetry/dev-1/seg entries=0');
      }),
    RUN_TIMEOUT_MS,
  );
});
