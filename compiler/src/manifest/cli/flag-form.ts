// SPDX-License-Identifier: Apache-2.0
/**
 * The older form of the command, without a subcommand: `coh-rtc MANIFEST --out DIR --manifest FILE …`, one option for
 * each artifact. Scripts of older installations call it.
 */
import { join } from 'node:path';
import { Failure } from '../../../../diagnostics/diagnostic.ts';
import { render } from '../../../../diagnostics/render.ts';
import { artifactFiles, ARTIFACTS, moduleArtifact } from '../artifacts/index.ts';
import { writeFiles } from '../artifacts/write.ts';
import { compileManifest } from '../compile.ts';
import { readOptions, UsageError } from './options.ts';
import type { Output } from './command.ts';

const OPTIONAL = ARTIFACTS.filter(({ flagDefault }) => flagDefault !== undefined);

export const FLAG_FORM_USAGE = `older form:
       coh-rtc MANIFEST --out DIR --manifest FILE [option…]
         --out DIR                       constants for the root task, as DIR/manifest.ts
         --manifest FILE                 resolved manifest (also --manifest-out)
${OPTIONAL.map(({ flag, flagDefault }) => `         --${`${flag} FILE`.padEnd(30)}${flagDefault}`).join('\n')}`;

export async function runFlagForm(argv: readonly string[], output: Output): Promise<number> {
  const flags = ['out', 'manifest-out', ...ARTIFACTS.map(({ flag }) => flag)];
  const { positionals, values } = readOptions(argv, new Map(flags.map((flag) => [flag, 'value'])));
  const [manifestPath, ...more] = positionals;
  if (manifestPath === undefined || more.length > 0) throw new UsageError('the older form needs one manifest');
  if (values.has('manifest') && values.has('manifest-out')) {
    throw new UsageError("options '--manifest' and '--manifest-out' are the same");
  }
  const outDir = values.get('out');
  const resolved = values.get('manifest') ?? values.get('manifest-out');
  if (outDir === undefined || resolved === undefined) throw new UsageError('the older form needs --out and --manifest');
  try {
    const compiled = await compileManifest(manifestPath);
    output.stderr(compiled.warnings.map(render).join('\n'));
    const modulePath = join(outDir, 'manifest.ts');
    const written = [`tables=${modulePath}`];
    const files = ARTIFACTS.flatMap((kind) => {
      const path = kind.flag === 'manifest' ? resolved : (values.get(kind.flag) ?? kind.flagDefault ?? kind.path);
      written.push(`${kind.flag.replaceAll('-', '_')}=${path}`);
      return artifactFiles(kind, compiled, path);
    });
    writeFiles('', [moduleArtifact(compiled, modulePath), ...files]);
    output.stdout(`coh-rtc: wrote ${written.join(', ')}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const [first] = error.diagnostics;
    output.stderr(`Error: ${first?.message ?? error.message}\n\n${error.diagnostics.map(render).join('\n')}`);
    return 1;
  }
}
