// SPDX-License-Identifier: Apache-2.0
/** An image as its build left it beside report.json: components, which domain runs which, and their code. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readBounded, refusalOf } from '../../../tools/bounded-file.ts';
import { CommandError } from '../errors.ts';
import { ComponentLines, type Place } from './lines.ts';

const FIX = 'make image writes it, with everything beside it';

/** Reports grow with the image. */
const MAX_JSON_BYTES = 64 << 20;

function readJson(path: string): unknown {
  let text;
  try {
    text = readBounded(path, MAX_JSON_BYTES).toString('utf8');
  } catch (cause) {
    throw new CommandError(`failed to read ${path}${refusalOf(cause)}`, { fix: FIX, cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${path} is not JSON`, { fix: FIX, cause });
  }
}

function namesIn(value: unknown, list: string, path: string): Record<string, unknown>[] {
  const found: unknown = (value as Record<string, unknown> | null)?.[list];
  if (Array.isArray(found)) return found as Record<string, unknown>[];
  throw new CommandError(`${path} is not the file of an image: it has no ${list}`, { fix: FIX });
}

export class ImageReport {
  readonly components: readonly string[];
  /** Component of each domain. */
  private readonly domains = new Map<string, string>();
  private readonly lines = new Map<string, ComponentLines>();
  private readonly directory: string;

  constructor(path: string) {
    this.directory = dirname(path);
    this.components = namesIn(readJson(path), 'components', path).map(({ name }) => String(name));
    const layout = join(this.directory, 'layout.json');
    if (!existsSync(layout)) return;
    for (const { name, component } of namesIn(readJson(layout), 'domains', layout)) {
      this.domains.set(String(name), String(component));
    }
  }

  /** The component of a domain, or of that name. */
  componentOf(domain: string): string {
    const component = this.domains.get(domain) ?? domain;
    const file = component.replaceAll('-', '_');
    if (this.components.includes(component) || existsSync(join(this.directory, `${file}.elf`))) return component;
    throw new CommandError(`the image has no domain '${domain}'`, { fix: `one of ${this.names().join(', ')}` });
  }

  private names(): string[] {
    return [...new Set(['roottask', ...this.domains.keys()])];
  }

  find(component: string, address: bigint): Place | undefined {
    let lines = this.lines.get(component);
    if (lines === undefined) {
      const path = join(this.directory, `${component.replaceAll('-', '_')}.elf`);
      try {
        lines = new ComponentLines(path);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new CommandError(`cannot read the lines of ${component}: ${why}`, { fix: FIX, cause });
      }
      this.lines.set(component, lines);
    }
    return lines.at(address);
  }
}
