// SPDX-License-Identifier: Apache-2.0
/**
 * `make mount-test`: a stock Linux kernel in a second machine mounts the tree of the image over TCP and works with it. The two
 * meet at a forwarded port of the host. Exit code 0 only when every step succeeded.
 */
import { Conversation, logDirectory, type Machine, withMachine } from 'qemu-wasm-runner';
import { readPrefix } from '../../compiler/src/image/prefix.ts';
import { findBoard } from '../../compiler/src/image/boards.ts';
import { NINE_PORT, networkImage, ticketFor } from '../boot/network/system.ts';
import { linuxGuest } from './guest.ts';
import { steps } from './steps.ts';

const NAME = 'mount';
const BOOT_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = 600_000;
const STEP_TIMEOUT_MS = 120_000;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Follows the guest's steps; returns those that failed. */
export async function follow(linux: Machine, names: readonly string[]): Promise<string[]> {
  const conversation = new Conversation(linux);
  const failed: string[] = [];
  for (const name of names) {
    say(`  ${name}`);
    const [, outcome, rest = ''] = await conversation.expect(/^\[mount\] (ok|FAILED) ([^\r\n]*)\r\n/, STEP_TIMEOUT_MS);
    if (rest !== name) throw linux.error('COH0808', `step ${name}: the guest speaks of ${rest}`);
    if (outcome !== 'ok') failed.push(name);
  }
  await conversation.expect('[mount] end', STEP_TIMEOUT_MS);
  return failed;
}

async function main(): Promise<number> {
  const path = process.env['SEL4_PREFIX'];
  const kernel =
    path === undefined || path === ''
      ? { name: 'devkernel' }
      : { name: 'sel4', prefix: readPrefix(path, findBoard('qemu-virt')) };
  say('mount: building the image');
  const image = await networkImage(kernel);
  const net = { forwards: [{ guest_port: NINE_PORT }] };
  return withMachine({ ...image, name: NAME, net, timeout_ms: RUN_TIMEOUT_MS }, async ({ machine, console }) => {
    await console.expect('cohesix> ', BOOT_TIMEOUT_MS);
    const port = machine.forwards[0]?.host_port ?? 0;
    const plan = steps({ port, ticket: ticketFor('queen'), forged: ticketFor('queen', { secret: 'not it' }) });
    say('mount: booting Linux');
    const guest = linuxGuest(logDirectory(`${NAME}/linux`), plan);
    return withMachine({ ...guest, name: `${NAME}/linux`, timeout_ms: RUN_TIMEOUT_MS }, async ({ machine: linux }) => {
      const names = plan.map(({ name }) => name);
      const failed = await follow(linux, names);
      if (failed.length === 0) say(`mount: all ${names.length} steps succeeded`);
      else say(`${linux.tail(200).join('\n')}\nmount: failed: ${failed.join('; ')}`);
      return failed.length === 0 ? 0 : 1;
    });
  });
}

if (import.meta.filename === process.argv[1]) process.exitCode = await main();
