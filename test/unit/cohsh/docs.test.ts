// SPDX-License-Identifier: Apache-2.0
/** docs/cohsh.md names every command, environment variable and exit code, and shows scripts that pass the check. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../../host/cohsh/commands/index.ts';
import { FLAG_TABLE } from '../../../host/cohsh/flags.ts';
import { checkScript } from '../../../host/cohsh/script/check.ts';

const page = readFileSync(join(resolve(import.meta.dirname, '../../..'), 'docs/cohsh.md'), 'utf8');

it.each(COMMANDS)('$name', ({ name }) => expect(page).toMatch(new RegExp(`\`${name}\\b|, \`${name}\\b`)));

it.each(Object.entries(FLAG_TABLE).filter(([name]) => !/^(help|version)$/.test(name)))('--%s', (name, { env }) => {
  const family = /^(pool|retry|ticket)-/.exec(name)?.[1];
  expect(page).toContain(
    family === undefined || (family === 'ticket' && name === 'ticket') ? `--${name}` : `--${family}-`,
  );
  if (env !== undefined) expect(page).toContain(env);
});

it('its script is one', () => {
  const script = /^## Scripts\n[^]*?\n\n((?: {4}.*\n)+)/m.exec(page)?.[1] ?? '';
  expect(script).toContain('EXPECT');
  expect(checkScript(script)).toBeUndefined();
});
