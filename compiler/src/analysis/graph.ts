// SPDX-License-Identifier: Apache-2.0
/**
 * The capability graph as Graphviz DOT and as SVG: domains and devices, and what joins them. DOT for those who want to
 * lay it out themselves; the SVG is ours, in rows by priority, so that calls point upwards and no other program is
 * needed.
 */
import { type Edge, edgesOf } from '../layout/emit/page.ts';
import type { DomainPlan } from '../layout/plan.ts';
import { ROOT_TASK_NAME } from '../manifest/schema/limits.ts';

interface Node {
  name: string;
  kind: 'domain' | 'pool' | 'device' | 'root';
  /** Second line. */
  note: string;
  priority: number;
}

/** In the order of the manifest; the root task first, devices last. */
function nodesOf({ domains, protection }: DomainPlan): Node[] {
  const devices = new Set(protection.domains.flatMap((domain) => [...domain.devices, ...domain.interrupts]));
  return [
    { name: ROOT_TASK_NAME, kind: 'root', note: 'priority 254', priority: 254 },
    ...domains.map(({ entry }): Node => {
      const { name, pool, instances, priority } = entry;
      const note = `priority ${priority}${pool ? `, up to ${instances}` : ''}`;
      return { name, kind: pool ? 'pool' : 'domain', note, priority };
    }),
    ...[...devices].map((name): Node => ({ name, kind: 'device', note: 'device', priority: 0 })),
  ];
}

const DOT_SHAPES = { domain: 'box', pool: 'box3d', device: 'ellipse', root: 'octagon' };
const DOT_STYLES = { ring: 'dashed', call: 'solid', supervisor: 'dotted', device: 'bold' };

export function graphDot(plan: DomainPlan): string {
  const lines = nodesOf(plan).map(
    ({ name, kind, note }) => `  ${dot(name)} [label=${dot(`${name}\n${note}`)}, shape=${DOT_SHAPES[kind]}];`,
  );
  for (const edge of edgesOf(plan)) {
    lines.push(`  ${dot(edge.from)} -> ${dot(edge.to)} [label=${dot(labelOf(edge))}, style=${DOT_STYLES[edge.kind]}];`);
  }
  return `digraph capabilities {\n  rankdir=BT;\n  node [fontname="sans-serif"];\n${lines.join('\n')}\n}\n`;
}

function dot(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function labelOf({ kind, name, bytes }: Edge): string {
  return `${kind === 'device' ? '' : `${kind} `}${name}${bytes > 0 ? ` (${bytes / 1024} KiB)` : ''}`;
}

const BOX = { width: 170, height: 46, gapX: 60, gapY: 110, margin: 30 };
const FILL = { domain: '#e8f0fe', pool: '#e6f4ea', device: '#fef7e0', root: '#fce8e6' };
const DASH = { ring: '8 4', call: '', supervisor: '2 4', device: '' };

interface Place {
  x: number;
  y: number;
}

export function graphSvg(plan: DomainPlan): string {
  const nodes = nodesOf(plan);
  const rows = [...new Set(nodes.map(({ priority }) => priority))].sort((a, b) => b - a);
  const places = new Map<string, Place>();
  const columns = Math.max(...rows.map((row) => nodes.filter(({ priority }) => priority === row).length));
  const width = 2 * BOX.margin + columns * BOX.width + (columns - 1) * BOX.gapX + 240;
  const height = 2 * BOX.margin + rows.length * BOX.height + (rows.length - 1) * BOX.gapY;
  rows.forEach((row, at) => {
    const inRow = nodes.filter(({ priority }) => priority === row);
    const rowWidth = inRow.length * BOX.width + (inRow.length - 1) * BOX.gapX;
    // Rows step to the right in turn, so that edges between the middles of rows do not run through boxes.
    const left = (width - rowWidth) / 2 + ((at % 3) - 1) * 100;
    inRow.forEach(({ name }, n) => {
      places.set(name, { x: left + n * (BOX.width + BOX.gapX), y: BOX.margin + at * (BOX.height + BOX.gapY) });
    });
  });
  const edges = edgesOf(plan);
  const body = [
    ...edges.map((edge, index) => edgeSvg(edge, edges.slice(0, index), places)),
    ...nodes.map((node) => nodeSvg(node, places.get(node.name))),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="13">`,
    '<title>Capability graph</title>',
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z"/></marker></defs>',
    '<rect width="100%" height="100%" fill="white"/>',
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function nodeSvg({ name, kind, note }: Node, place: Place | undefined): string {
  if (place === undefined) throw new Error(`${name} has no place`);
  const { x, y } = place;
  const middle = x + BOX.width / 2;
  const radius = kind === 'device' ? BOX.height / 2 : 4;
  return [
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="${radius}" fill="${FILL[kind]}" stroke="black"/>`,
    `<text x="${middle}" y="${y + 19}" text-anchor="middle" font-weight="bold">${xml(name)}</text>`,
    `<text x="${middle}" y="${y + 36}" text-anchor="middle" font-size="11">${xml(note)}</text>`,
  ].join('\n');
}

/** From box to box; several edges between one pair lie side by side. */
function edgeSvg(edge: Edge, before: readonly Edge[], places: ReadonlyMap<string, Place>): string {
  const from = places.get(edge.from);
  const to = places.get(edge.to);
  if (from === undefined || to === undefined) throw new Error(`an edge from ${edge.from} to ${edge.to} has no place`);
  const pair = (e: Edge): string => [e.from, e.to].sort().join(' ');
  const shift = before.filter((e) => pair(e) === pair(edge)).length * 40 - 20;
  const isUp = from.y > to.y;
  const x1 = from.x + BOX.width / 2 + shift;
  const x2 = to.x + BOX.width / 2 + shift;
  const y1 = from.y + (isUp ? 0 : BOX.height);
  const y2 = to.y + (isUp ? BOX.height : 0);
  const dash = DASH[edge.kind] === '' ? '' : ` stroke-dasharray="${DASH[edge.kind]}"`;
  const [textX, textY] = [x1 + (x2 - x1) * 0.4 + 4, y1 + (y2 - y1) * 0.4];
  return [
    `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="black"${dash} marker-end="url(#arrow)"/>`,
    `<text x="${textX}" y="${textY}" font-size="11" paint-order="stroke" stroke="white" stroke-width="4">${xml(labelOf(edge))}</text>`,
  ].join('\n');
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
