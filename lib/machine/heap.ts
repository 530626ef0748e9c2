// SPDX-License-Identifier: Apache-2.0
// The memory that `new` takes: AssemblyScript's runtime for components. Each function is an import, so that an allocation is a
// call in the line of the program that asks for it; kernel/runtime/machine/heap.c hands out memory until the component's
// start() has returned, and stops the component there afterwards. Nothing is ever freed.
//
//   0 ...... static data ...... __heap_base ...... allocated ...... | ...... end of private memory

@external("heap", "init")
declare function init(base: usize): void;


@global
@unsafe
@external("heap", "alloc")
declare function __alloc(size: usize): usize;


@global
@unsafe
@external("heap", "realloc")
declare function __realloc(block: usize, size: usize): usize;


@global
@unsafe
@external("heap", "new")
declare function __new(size: usize, id: u32): usize;


@global
@unsafe
@external("heap", "renew")
declare function __renew(object: usize, size: usize): usize;


@global
@unsafe
function __free(block: usize): void {}


@global
@unsafe
function __link(parent: usize, child: usize, expectMultiple: bool): void {}


@global
@unsafe
function __pin(object: usize): usize {
  return object;
}


@global
@unsafe
function __unpin(object: usize): void {}


@global
@unsafe
function __visit(object: usize, cookie: u32): void {}


@global
@unsafe
function __collect(): void {}

init(__heap_base);
