// SPDX-License-Identifier: Apache-2.0
// Binaryen merges a zero extension into a full-width load; AssemblyScript marks such loads as signed, which says nothing at
// full width, and the merged load extended the sign.
import { expect, test } from 'vitest';
import { ask } from '../../../compiler/src/aot/worker-host.ts';
import { ROOT } from './harness.ts';

const SIGN = 0xffff_ffff_ffff_fffbn;
const ZERO = 0xffff_fffbn;

test('a signed load that is widened without its sign keeps none', async () => {
  const directory = 'test/unit/aot/assembly/widening';
  const { wasm } = await ask('compile', { root: ROOT, directory, generatedDir: ROOT, pages: 1 });
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource, {});
  const found = Object.entries(instance.exports).flatMap(([name, value]) =>
    typeof value === 'function' ? [[name, BigInt.asUintN(64, (value as () => bigint)())] as const] : [],
  );
  expect(Object.fromEntries(found)).toEqual({
    ...{ i8Zero: ZERO, i16Zero: ZERO, i32Zero: ZERO, fieldZero: ZERO, elementZero: ZERO, u32Zero: ZERO },
    ...{ i8Sign: SIGN, i16Sign: SIGN, i32Sign: SIGN, i64Load32: SIGN },
  });
});
