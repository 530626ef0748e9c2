// SPDX-License-Identifier: Apache-2.0
// Boot tests: a machine for the length of one function, its serial log under out/test/<test name>/.
import { join } from 'node:path';
import { Conversation } from './expect.ts';
import { Machine, type StartOptions } from './machine.ts';

/** A started machine and the conversation with its serial console. */
export interface Running {
  machine: Machine;
  console: Conversation;
}

export interface HarnessOptions extends StartOptions {
  /** Name of the test; the directory of its logs is made from it. */
  name: string;
}

/** Where `withMachine` puts the logs of a test: `serial.log` and `serial.timed.log`. */
export function logDirectory(name: string): string {
  return join('out', 'test', name.replace(/[^\w.-]+/g, '-').replace(/^[-.]+|-+$/g, '') || 'unnamed');
}

/** Runs `body` with a machine that is gone when this returns, whatever happens. */
export async function withMachine<T>(options: HarnessOptions, body: (running: Running) => Promise<T>): Promise<T> {
  const transcript = options.transcript ?? join(logDirectory(options.name), 'serial.log');
  const machine = await Machine.start({ ...options, transcript });
  const steps: string[] = [];
  try {
    return await body({ machine, console: new Conversation(machine, (line) => steps.push(line)) });
  } catch (error) {
    // The steps up to the failure belong to it; on success nobody wants to read them.
    if (error instanceof Error)
      error.message += `\n  steps:\n${steps.map((s) => `    ${s}`).join('\n')}\n  log: ${transcript}`;
    throw error;
  } finally {
    await machine.stop();
  }
}
