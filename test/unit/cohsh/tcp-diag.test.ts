// SPDX-License-Identifier: Apache-2.0
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../host/client/index.ts';
import { Shell } from '../../../host/cohsh/shell.ts';
import type { Transport } from '../../../host/client/index.ts';
import { Capture } from '../../conformance/cohsh/harness.ts';

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function shellTo(tcpPort: number, tcpHost = '127.0.0.1') {
  const capture = new Capture();
  const another = () => Promise.reject(new Error('no pool'));
  const shell = new Shell({} as Transport, capture, { tcpHost, tcpPort, policy: DEFAULT_POLICY, another });
  return { shell, capture };
}

it('connects and says from where to where', async () => {
  const { shell, capture } = shellTo(port);
  expect(await shell.run('tcp-diag')).toEqual({ ok: true, exit: false });
  const [first, second, local, peer, ...more] = capture.take();
  expect([first, second, peer]).toEqual([
    `tcp-diag: connecting to 127.0.0.1:${port}`,
    'tcp-diag: connect succeeded',
    `tcp-diag: peer_addr=127.0.0.1:${port}`,
  ]);
  expect(local).toMatch(/^tcp-diag: local_addr=127\.0\.0\.1:\d+$/);
  expect(more).toEqual([]);
});

it('connects to a port that is given', async () => {
  const { shell, capture } = shellTo(1);
  expect((await shell.run(`tcp-diag ${port}`)).ok).toBe(true);
  expect(capture.take()[0]).toBe(`tcp-diag: connecting to 127.0.0.1:${port}`);
});

it('says why not', async () => {
  const { shell, capture } = shellTo(1);
  expect((await shell.run('tcp-diag')).ok).toBe(false);
  expect(capture.take()[1]).toMatch(/^Error: tcp-diag: connect failed: connect ECONNREFUSED 127\.0\.0\.1:1 \(check/);
});

it('is ended by its signal', async () => {
  const { shell, capture } = shellTo(port);
  expect(await shell.run('tcp-diag', AbortSignal.abort())).toMatchObject({ ok: false });
  expect(capture.take()).toEqual(['Error: interrupted']);
});
