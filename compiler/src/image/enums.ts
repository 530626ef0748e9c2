// SPDX-License-Identifier: Apache-2.0
/**
 * Owns reading numbers out of C headers that consist of enumerations under `#if defined(CONFIG_…)`, as libsel4's
 * generated headers do. Used to compare an installed seL4's interface with ours without running a compiler. Anything it
 * does not understand is left out, never guessed.
 */

/** Configuration as `#define CONFIG_X value` lines give it; a switch that is off is absent. */
export type Config = ReadonlyMap<string, string>;

export function readConfig(header: string): Config {
  const config = new Map<string, string>();
  for (const match of header.matchAll(/^[ \t]*#[ \t]*define[ \t]+(CONFIG_\w+)[ \t]*(.*?)[ \t]*$/gm)) {
    config.set(match[1]!, match[2]!.replace(/^"(.*)"$/, '$1'));
  }
  return config;
}

/**
 * Adds every enumerator of `header` to `known`. An initialiser may be a number or an enumerator that is known already,
 * so headers are read in the order in which they include one another.
 */
export function readEnumerators(header: string, config: Config, known: Map<string, number>): void {
  const text = selectLines(stripComments(header), config);
  for (const body of text.matchAll(/\benum\b[^{};]*\{([^}]*)\}/g)) {
    let next: number | undefined = 0;
    for (const item of body[1]!.split(',')) {
      const match = /^\s*(\w+)\s*(?:=\s*(.+?))?\s*$/s.exec(item);
      if (match === null) continue;
      const value: number | undefined = match[2] === undefined ? next : evaluate(match[2], known);
      if (value !== undefined) known.set(match[1]!, value);
      next = value === undefined ? undefined : value + 1;
    }
  }
}

function evaluate(text: string, known: ReadonlyMap<string, number>): number | undefined {
  return /^-?(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : known.get(text);
}

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/\/\/.*$/gm, '');
}

/** The lines that the preprocessor would keep; other directives are dropped. */
function selectLines(text: string, config: Config): string {
  const stack: { active: boolean; taken: boolean }[] = [];
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    const directive = /^\s*#\s*(\w+)\s*(.*)$/.exec(line);
    if (directive === null) {
      if (stack.every((level) => level.active)) kept.push(line);
      continue;
    }
    const [, name, rest = ''] = directive;
    const top = stack[stack.length - 1];
    if (name === 'if') push(stack, holds(rest, config));
    else if (name === 'ifdef') push(stack, config.has(rest.trim()));
    else if (name === 'ifndef') push(stack, !config.has(rest.trim()));
    else if (name === 'endif') stack.pop();
    else if (name === 'else' && top !== undefined) Object.assign(top, { active: !top.taken, taken: true });
    else if (name === 'elif' && top !== undefined) {
      const active = !top.taken && holds(rest, config);
      Object.assign(top, { active, taken: top.taken || active });
    }
  }
  return kept.join('\n');
}

function push(stack: { active: boolean; taken: boolean }[], active: boolean): void {
  stack.push({ active, taken: active });
}

/** Evaluates `defined(X)`, `!`, `&&`, `||`, parentheses and the numbers 0 and 1; anything else counts as false. */
function holds(expression: string, config: Config): boolean {
  const tokens = expression.match(/defined\s*\(\s*\w+\s*\)|defined\s+\w+|&&|\|\||[!()]|\w+/g) ?? [];
  let at = 0;
  const primary = (): boolean => {
    const token = tokens[at++];
    if (token === '!') return !primary();
    if (token === '(') {
      const value = either();
      at++;
      return value;
    }
    const name = /^defined\s*\(?\s*(\w+)/.exec(token ?? '')?.[1];
    return name === undefined ? token === '1' : config.has(name);
  };
  const both = (): boolean => {
    let value = primary();
    while (tokens[at] === '&&') {
      at++;
      value = primary() && value;
    }
    return value;
  };
  const either = (): boolean => {
    let value = both();
    while (tokens[at] === '||') {
      at++;
      value = both() || value;
    }
    return value;
  };
  return either();
}
