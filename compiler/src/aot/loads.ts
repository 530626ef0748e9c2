// SPDX-License-Identifier: Apache-2.0
/**
 * Owns a repair between asc and Binaryen. asc marks the load of a signed type as signed, at full width too, where that
 * says nothing. Binaryen merges a zero extension into a load and keeps the mark: `<u64><u32>load<i32>(p)` then extends
 * the sign. Before anything is optimised, the mark is taken from every load that fills its type.
 */
import binaryen from 'binaryen';
import { expressionsOf, functionsOf, type Ref } from './expressions.ts';

/** Binaryen's types leave its classes of expressions out. */
const { Load } = binaryen as unknown as { Load: { setSigned(ref: Ref, isSigned: boolean): void } };

const FULL_BYTES: ReadonlyMap<binaryen.Type, number> = new Map([
  [binaryen.i32, 4],
  [binaryen.i64, 8],
]);

export function clearSignsOfFullLoads(module: binaryen.Module): void {
  for (const { body, name } of functionsOf(module)) {
    if (body === 0) continue;
    for (const ref of expressionsOf(body, name)) {
      const id: number = binaryen.getExpressionId(ref);
      if (id !== (binaryen.LoadId as number)) continue;
      const { bytes, isSigned, type } = binaryen.getExpressionInfo(ref) as binaryen.LoadInfo;
      if (isSigned && FULL_BYTES.get(type) === bytes) Load.setSigned(ref, false);
    }
  }
}
