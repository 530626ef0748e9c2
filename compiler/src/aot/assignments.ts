// SPDX-License-Identifier: Apache-2.0
/**
 * Owns a refusal: AssemblyScript evaluates the target of a compound assignment twice, once to read and once to write,
 * so that `a[i++] |= 1` counts twice and `next().x += 1` reads one object and writes another. asc says nothing. The
 * sources are searched after parsing; nodes are told apart by what they have, since asc exports no names of their
 * kinds.
 */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';

interface Source {
  text: string;
  normalizedPath: string;
}

interface Node {
  range: { start: number; end: number; source: Source };
  [part: string]: unknown;
}

/** Calls that have no effect and cost nothing the second time. */
const BUILTINS = new Set([
  'changetype',
  'unchecked',
  'load',
  'offsetof',
  'sizeof',
  'alignof',
  'idof',
  'assert',
  'select',
]);
const COMPOUND = /^(?:\+|-|\*\*?|\/|%|<<|>>>?|&|\||\^)=$/;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'range' in value && 'kind' in value;

function partsOf(node: Node): Node[] {
  return Object.entries(node).flatMap(([name, part]) =>
    (name === 'range' ? [] : Array.isArray(part) ? part : [part]).filter(isNode),
  );
}

/** What stands between two places, without comments and blanks. */
function between({ text }: Source, start: number, end: number): string {
  return text
    .slice(start, end)
    .replace(/\/\/.*|\/\*[^]*?\*\//g, '')
    .trim();
}

/** The operator of `left operator right`. */
function operatorOf({ left, right, range }: Node): string {
  return isNode(left) && isNode(right) ? between(range.source, left.range.end, right.range.start) : '';
}

function isCounting({ operand, range }: Node): boolean {
  if (!isNode(operand)) return false;
  const before = between(range.source, range.start, operand.range.start);
  const after = between(range.source, operand.range.end, range.end);
  return [before, after].some((operator) => operator === '++' || operator === '--');
}

/** What is read and written at once, if the node does that. */
function targetOf(node: Node): Node | undefined {
  if (COMPOUND.test(operatorOf(node))) return node['left'] as Node;
  return isCounting(node) ? (node['operand'] as Node) : undefined;
}

/** The first part of an expression that does more than to compute a value. */
function effectIn(node: Node): Node | undefined {
  const { expression, args } = node;
  const isCall = Array.isArray(args) && (isNode(expression) || 'typeName' in node);
  if (isCall && !(isNode(expression) && BUILTINS.has(expression['text'] as string))) return node;
  if (targetOf(node) !== undefined || operatorOf(node) === '=') return node;
  for (const part of partsOf(node)) {
    const found = effectIn(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One diagnostic for each compound assignment in the component's own sources whose target has an effect. */
export function doubledEffects(sources: readonly unknown[]): { message: string; range: Node['range'] }[] {
  const found: { message: string; range: Node['range'] }[] = [];
  const open = sources.filter(isNode).filter(({ range }) => !range.source.normalizedPath.startsWith('~lib/'));
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const target = targetOf(node);
    // A plain variable, or a field of one, has no parts with an effect.
    const effect = target === undefined ? undefined : effectIn(target);
    if (effect !== undefined) {
      const { source, start, end } = effect.range;
      const text = source.text.slice(start, end);
      found.push({ message: `${text} in the target of an assignment would be evaluated twice`, range: node.range });
    }
    open.push(...partsOf(node));
  }
  return found.sort((a, b) => a.range.start - b.range.start);
}

export const DOUBLED_EFFECT: Pick<Diagnostic, 'code' | 'severity' | 'cause' | 'fix'> = {
  code: 'COH0732',
  severity: 'error',
  cause: 'AssemblyScript evaluates the target of a compound assignment once to read and once to write it',
  fix: 'put what has the effect into a variable first, and assign to that',
};
