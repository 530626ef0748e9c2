// SPDX-License-Identifier: Apache-2.0
/**
 * `machine.json` beside an image: what whoever starts a machine for it has to know, so that a runner needs neither the
 * manifest's schema nor our host tools. `{console_port}` and `{secure9p_port}` in a command stand for ports of the
 * host.
 */
import { resolve } from 'node:path';
import type { CompiledManifest } from '../manifest/compile.ts';
import { completed } from '../manifest/schema/manifest.ts';

const COHSH = 'node --import tsx host/cohsh/main.ts';
/** The manifest that cohsh mints by unless told another. */
const MINTED_BY = 'configs/root_task.toml';

export function machineFile({ manifest, path }: CompiledManifest): string {
  const { network, auth, features } = completed(manifest);
  if (!features.net_console) return text({ network: null, clients: [] });
  const { mode, address, prefix_len, gateway } = network;
  const { console_port, secure9p_port, udp_echo_port, tcp_smoke_port } = network;
  const by = resolve(path) === resolve(MINTED_BY) ? '' : ` --ticket-config ${path}`;
  const ticket = `$(${COHSH} mint --role queen${by})`;
  const shell =
    auth.queen_ticket === 'optional'
      ? 'COHSH_TCP_PORT={console_port} make cohsh'
      : `${COHSH} --role queen --tcp-port {console_port} --ticket "${ticket}"`;
  const options = `trans=tcp,port={secure9p_port},version=9p2000.L,msize=8192,cache=none,uname=queen,aname=${ticket}`;
  return text({
    network: { mode, address, prefix_len, gateway, console_port, secure9p_port, udp_echo_port, tcp_smoke_port },
    clients: [shell, ...(secure9p_port === 0 ? [] : [`sudo mount -t 9p -o ${options} 127.0.0.1 /mnt`])],
  });
}

function text(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
