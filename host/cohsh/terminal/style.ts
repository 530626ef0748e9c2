// SPDX-License-Identifier: Apache-2.0
/** Owns how lines look on a terminal: in colour, where that is wanted. */

const ESC = '\x1b[';

/** Numbers of SGR. */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;
export type Colour = keyof typeof CODES;

export interface Style {
  readonly coloured: boolean;
  readonly paint: (colour: Colour, text: string) => string;
}

export function style(coloured: boolean): Style {
  return {
    coloured,
    paint: (colour, text) => (coloured && text !== '' ? `${ESC}${CODES[colour]}m${text}${ESC}0m` : text),
  };
}

export interface ColourQuestion {
  isTTY: boolean | undefined;
  /** `--no-color`. */
  refused?: boolean;
  env: Readonly<Record<string, string | undefined>>;
}

/** Colours are for terminals whose owner has not said no: `--no-color`, `NO_COLOR` (no-color.org), `TERM=dumb`. */
export function wantsColour({ isTTY, refused, env }: ColourQuestion): boolean {
  return isTTY === true && refused !== true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** Colours one line of output by what it is. */
export function paintLine(line: string, { paint, coloured }: Style): string {
  if (!coloured) return line;
  const ack = /^(\[console\] )?(OK|ERR)( .*)?$/.exec(line);
  if (ack !== null) {
    const [, prefix = '', word = '', rest = ''] = ack;
    return paint('dim', prefix) + paint(word === 'OK' ? 'green' : 'red', word) + rest;
  }
  if (/^(Error|script failure)\b/.test(line)) return paint('red', line);
  if (/^\[cohsh\]/.test(line)) return paint('yellow', line);
  return line;
}
