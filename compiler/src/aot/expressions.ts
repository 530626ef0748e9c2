// SPDX-License-Identifier: Apache-2.0
/** Owns walking Binaryen's expressions: which operands an instruction has, and in which order they are evaluated. */
import binaryen from 'binaryen';
import { failure } from '../../../diagnostics/diagnostic.ts';

export type Ref = binaryen.ExpressionRef;

/**
 * Operands by instruction, in the order in which they are evaluated: names of the fields of Binaryen's description,
 * each one expression or a list of them. An instruction that is not listed is refused, since calls in its operands
 * would be missed.
 */
const OPERANDS: ReadonlyMap<number, readonly string[]> = new Map([
  [binaryen.NopId, []],
  [binaryen.BlockId, ['children']],
  [binaryen.IfId, ['condition', 'ifTrue', 'ifFalse']],
  [binaryen.LoopId, ['body']],
  [binaryen.BreakId, ['value', 'condition']],
  [binaryen.SwitchId, ['value', 'condition']],
  [binaryen.CallId, ['operands']],
  [binaryen.CallIndirectId, ['operands', 'target']],
  [binaryen.LocalGetId, []],
  [binaryen.LocalSetId, ['value']],
  [binaryen.GlobalGetId, []],
  [binaryen.GlobalSetId, ['value']],
  [binaryen.LoadId, ['ptr']],
  [binaryen.StoreId, ['ptr', 'value']],
  [binaryen.AtomicRMWId, ['ptr', 'value']],
  [binaryen.AtomicCmpxchgId, ['ptr', 'expected', 'replacement']],
  [binaryen.AtomicWaitId, ['ptr', 'expected', 'timeout']],
  [binaryen.AtomicNotifyId, ['ptr', 'notifyCount']],
  [binaryen.AtomicFenceId, []],
  [binaryen.MemoryInitId, ['dest', 'offset', 'size']],
  [binaryen.DataDropId, []],
  [binaryen.MemoryCopyId, ['dest', 'source', 'size']],
  [binaryen.MemoryFillId, ['dest', 'value', 'size']],
  [binaryen.ConstId, []],
  [binaryen.UnaryId, ['value']],
  [binaryen.BinaryId, ['left', 'right']],
  [binaryen.SelectId, ['ifTrue', 'ifFalse', 'condition']],
  [binaryen.DropId, ['value']],
  [binaryen.ReturnId, ['value']],
  [binaryen.MemorySizeId, []],
  [binaryen.MemoryGrowId, ['delta']],
  [binaryen.UnreachableId, []],
  [binaryen.RefNullId, []],
  [binaryen.RefIsNullId, ['value']],
  [binaryen.RefFuncId, []],
  [binaryen.RefEqId, ['left', 'right']],
  [binaryen.TableGetId, ['index']],
  [binaryen.TableSetId, ['index', 'value']],
  [binaryen.TableSizeId, []],
  [binaryen.TableGrowId, ['value', 'delta']],
  [binaryen.TupleMakeId, ['operands']],
  [binaryen.TupleExtractId, ['tuple']],
  [binaryen.PopId, []],
]);

export function functionsOf(module: binaryen.Module): binaryen.FunctionInfo[] {
  const refs = Array.from({ length: module.getNumFunctions() }, (_, n) => module.getFunctionByIndex(n));
  return refs.map((ref) => binaryen.getFunctionInfo(ref));
}

/** Every expression of a body, operands before the instruction that takes them. `name` is the function's. */
export function* expressionsOf(body: Ref, name: string): Generator<Ref> {
  // With a list instead of recursion, nesting may be as deep as a compiler makes it.
  const open: { ref: Ref; isEvaluated: boolean }[] = [{ ref: body, isEvaluated: false }];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const { ref, isEvaluated } = step;
    if (isEvaluated) {
      yield ref;
      continue;
    }
    open.push({ ref, isEvaluated: true });
    const operands = operandsOf(ref, name).reverse();
    open.push(...operands.map((operand) => ({ ref: operand, isEvaluated: false })));
  }
}

function operandsOf(ref: Ref, name: string): Ref[] {
  const fields = OPERANDS.get(binaryen.getExpressionId(ref));
  if (fields === undefined) {
    const instruction = binaryen.emitText(ref).trim().split(/\s/)[0]?.replace('(', '');
    const message = `function ${name} holds ${instruction}, which the compiler does not know`;
    throw failure('COH0773', message, 'leave it out; what a component may hold stands in docs/toolchain.md');
  }
  // Binaryen has no description of some instructions without operands.
  if (fields.length === 0) return [];
  const info = binaryen.getExpressionInfo(ref) as unknown as Record<string, Ref | Ref[]>;
  // 0 stands for an operand that an instruction may lack, as `else`.
  return fields.flatMap((field) => info[field] ?? []).filter((operand) => operand !== 0);
}
