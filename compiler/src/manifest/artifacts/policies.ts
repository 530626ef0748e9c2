// SPDX-License-Identifier: Apache-2.0
/**
 * The policy files that the host tools read beside their built-in defaults: coh_policy.toml, cohsh_policy.toml and
 * swarmui_defaults.toml. A tool compares the file's hash with its side file, so not one byte is free.
 */
import type { CompiledManifest } from '../compile.ts';
import { formatF32 } from '../json.ts';

type Scalar = string | number | bigint | boolean;
type Values = Readonly<Record<string, Scalar | readonly string[]>>;

interface Layout {
  /** Keys whose list takes one line for each entry. */
  multiline?: readonly string[];
  /** Keys that print as floats even when they are whole. */
  floats?: readonly string[];
}

export function cohPolicy(compiled: CompiledManifest): string {
  const { coh, retry } = compiled.manifest.client_policies;
  return policy(compiled, 'Generated coh host policy', [
    section('coh.mount', coh.mount, { multiline: ['allowlist'] }),
    section('coh.telemetry', coh.telemetry),
    section('coh.run.lease', coh.run.lease),
    section('coh.run.breadcrumb', coh.run.breadcrumb),
    section('coh.peft.export', coh.peft.export),
    section('coh.peft.import', coh.peft.import),
    section('coh.peft.activate', coh.peft.activate),
    section('retry', retry),
  ]);
}

export function cohshPolicy(compiled: CompiledManifest): string {
  const { cohsh, retry, heartbeat, trace } = compiled.manifest.client_policies;
  return policy(compiled, 'Generated cohsh client policy', [
    section('cohsh.pool', cohsh.pool),
    section('cohsh.tail', cohsh.tail),
    section('cohsh.host_telemetry', cohsh.host_telemetry),
    section('retry', retry),
    section('heartbeat', heartbeat),
    section('trace', trace),
  ]);
}

export function swarmuiDefaults(compiled: CompiledManifest): string {
  const { swarmui, client_policies } = compiled.manifest;
  return policy(compiled, 'Generated SwarmUI defaults', [
    section('swarmui', { ticket_scope: swarmui.ticket_scope }),
    section('swarmui.cache', swarmui.cache),
    section('swarmui.hive', swarmui.hive, { floats: ['lod_zoom_out', 'lod_zoom_in'] }),
    section('swarmui.paths', swarmui.paths),
    section('trace', client_policies.trace),
  ]);
}

function policy(compiled: CompiledManifest, purpose: string, sections: readonly string[]): string {
  const header = `# Author: Cohesix\n# Purpose: ${purpose} derived from the root-task manifest.\n`;
  const meta = section('meta', { manifest_sha256: compiled.hashes.manifest });
  return `${header}${[meta, ...sections].join('\n')}`;
}

function section(name: string, values: Values, layout: Layout = {}): string {
  const lines = Object.entries(values).map(([key, value]) => {
    if (Array.isArray(value))
      return `${key} = ${list(value as readonly string[], layout.multiline?.includes(key) === true)}`;
    if (typeof value === 'number' && layout.floats?.includes(key) === true) return `${key} = ${formatF32(value)}`;
    return `${key} = ${typeof value === 'string' ? tomlString(value) : String(value)}`;
  });
  return `[${name}]\n${lines.join('\n')}\n`;
}

function list(items: readonly string[], isMultiline: boolean): string {
  const quoted = items.map(tomlString);
  return isMultiline && items.length > 0
    ? `[\n${quoted.map((item) => `  ${item}`).join(',\n')}\n]`
    : `[${quoted.join(', ')}]`;
}

/** JSON's escapes are TOML's too, except that TOML also wants DEL escaped. */
function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}
