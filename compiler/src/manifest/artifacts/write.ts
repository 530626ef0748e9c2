/** Puts artifacts on disk: whole or not at all, and without touching files that already hold the right bytes. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failure } from '../../diagnostics/diagnostic.ts';

/** A file to be written; `path` is relative to the output directory. */
export interface Artifact {
  path: string;
  content: string;
}

/** Returns the paths of the files that changed. */
export async function writeFiles(outDir: string, artifacts: readonly Artifact[]): Promise<string[]> {
  const changed: string[] = [];
  for (const artifact of artifacts) {
    const path = join(outDir, artifact.path);
    try {
      if (await writeFileIfChanged(path, artifact.content)) changed.push(path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw failure('COH0004', `failed to write ${path}: ${reason}`, 'check the output directory and the space left');
    }
  }
  return changed;
}

async function writeFileIfChanged(path: string, content: string): Promise<boolean> {
  const bytes = Buffer.from(content, 'utf8');
  const old = await readFile(path).catch(() => undefined);
  if (old?.equals(bytes) === true) return false;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return true;
}
