// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the names that wasm2c gives to C symbols, for everything that refers to them.
 */

const escape = (text: string): string =>
  text.replace(/[^A-Za-z0-9_]/g, (character) => `0x${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** A module's name, or an import's module, inside a symbol: `_` is doubled, since it separates the parts. */
export function modulePart(name: string): string {
  return escape(name.replaceAll('_', '__'));
}

/** Symbol of an export (of the module itself) or an import (of another module). */
export function cSymbol(module: string, item: string): string {
  return `w2c_${modulePart(module)}_${escape(item)}`;
}
