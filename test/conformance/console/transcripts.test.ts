// SPDX-License-Identifier: Apache-2.0
/**
 * Golden transcripts of the serial console: the components' own wasm in Node, from the byte that is typed to the byte that is
 * sent. Each file in transcripts/ is a session as the terminal shows it; `# …` lines are what happens meanwhile:
 *
 *   # wait 2000           that many milliseconds pass
 *   # beat 1              worker 1 emits a heartbeat
 *   # down, # restart     NineDoor is gone, or is started again
 *
 * UPDATE_GOLDEN=1 writes the files anew from their commands.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** Plays the commands of a transcript; returns it as it is now. */
function play(text: string): string {
  const system = new SimSystem(modules);
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) {
      happen(system, line.slice(2));
      lines.push(line);
    } else if (line.startsWith(PROMPT)) {
      const command = line.slice(PROMPT.length);
      const output = Buffer.from(system.type(`${command}\r`), 'latin1').toString();
      const echo = command.replace(/(?<=cohesix-ticket-)\S+/g, (secret) => '*'.repeat(secret.length));
      expect(output.startsWith(`${echo}\r\n`) && output.endsWith(PROMPT), output).toBe(true);
      // The file has the ticket: it is typed again.
      const answer = (command + output.slice(echo.length, -PROMPT.length)).replaceAll('\r\n', '\n').trimEnd();
      // It changes with every line of the manifest.
      lines.push(PROMPT + answer.replace(/^(manifest\.sha256)=[0-9a-f]{64}$/gm, '$1=<sha256>'));
    }
  }
  return `${lines.join('\n')}\n`;
}

describe('transcripts', () => {
  it.each(readdirSync(FOLDER).sort())('%s', (name) => {
    const path = join(FOLDER, name);
    const golden = readFileSync(path, 'utf8');
    const played = play(golden);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, played);
    else expect(played).toBe(golden);
  });
});
