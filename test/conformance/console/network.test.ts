// SPDX-License-Identifier: Apache-2.0
/**
 * The transcripts of the serial console, spoken over a connection: the same commands in the same session get the same
 * acknowledgements, and the same payload where it is no text that depends on the transport.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SimSystem } from '../../sim/system.ts';
import { simulationModules, type Modules } from '../../support/build.ts';
import { happen, PROMPT } from './events.ts';

const FOLDER = join(import.meta.dirname, 'transcripts');

let modules: Modules;
beforeAll(async () => {
  modules = await simulationModules();
});

interface Step {
  command: string;
  answer: string[];
}

/** Events and commands of a transcript, with what the serial line answered. */
function steps(text: string): (string | Step)[] {
  const found: (string | Step)[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) found.push(line.slice(2));
    else if (line.startsWith(PROMPT)) found.push({ command: line.slice(PROMPT.length), answer: [] });
    else {
      const last = found.at(-1);
      if (typeof last === 'object') last.answer.push(line);
    }
  }
  return found;
}

/** What the log says of connections is not what it says of the serial line, and the manifest's digest is any. */
const isOfLog = (command: string): boolean => /^(log|(cat|tail) \/log\/queen.log)$/.test(command);
const normal = (line: string): string => line.replace(/^(manifest\.sha256)=[0-9a-f]{64}$/, '$1=<sha256>');
const isAck = (line: string): boolean => /^(OK|ERR) /.test(line);

describe('transcripts over a connection', () => {
  it.each(readdirSync(FOLDER).sort())('%s', (name) => {
    const system = new SimSystem(modules);
    let client = system.console.net.login();
    for (const step of steps(readFileSync(join(FOLDER, name), 'utf8'))) {
      if (typeof step === 'string') {
        happen(system, step);
        continue;
      }
      const { command } = step;
      const answer = client.send(Buffer.from(command)).map(normal);
      const acks = answer.filter(isAck);
      if (isOfLog(command)) expect(acks[0]?.split(' data=')[0]).toBe(step.answer.find(isAck)?.split(' data=')[0]);
      else {
        expect(acks, command).toEqual(step.answer.filter(isAck));
        const payload = (lines: string[]): string[] =>
          lines.filter((line) => !isAck(line) && line !== '' && line !== 'ERR: NineDoor unavailable');
        expect(payload(answer), command).toEqual(payload(step.answer));
        expect(answer.findIndex(isAck), command).toBe(0);
      }
      if (client.ended !== undefined) client = system.console.net.login();
    }
  });
});
