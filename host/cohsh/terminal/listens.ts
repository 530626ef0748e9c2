// SPDX-License-Identifier: Apache-2.0
/**
 * Says by its exit code whether a node listens where cohsh would connect to: `make cohsh` boots an image if none does.
 * COHSH_TCP_HOST and COHSH_TCP_PORT name another place.
 */
import { dial } from '../../client/index.ts';

const { COHSH_TCP_HOST, COHSH_TCP_PORT } = process.env;
const host = COHSH_TCP_HOST || '127.0.0.1';
const port = Number(COHSH_TCP_PORT || 31337);
const CONNECT_MS = 2000;

const open = await dial({ host, port, connect_ms: CONNECT_MS }).then(
  (socket) => void socket.destroy(),
  () => false as const,
);
if (open === false) process.stderr.write(`[cohsh] nothing listens on ${host}:${port}: booting an image\n`);
process.exitCode = open === false ? 1 : 0;
