// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the two small generated files beside wasm2c's output: `component.h` and `component.c` give the runtime and the
 * platform shim one set of names whatever the component is called.
 */
import { modulePart } from './cnames.ts';

export interface GlueSpec {
  name: string;
  memory_bytes: number;
}

/** Names for the shim: the instance, how to start it, and `COMPONENT(export)` for its exports. */
export function glueHeader(spec: GlueSpec): string {
  return `/* Generated: the component in this image, under names that do not depend on it. */
#pragma once

#include "wasm-rt.h"

#include "${spec.name}.h"

/* The C function of an export: COMPONENT(main)(&cohesix_instance, ...). */
#define COMPONENT(function) w2c_${modulePart(spec.name)}_##function
#define COMPONENT_NAME "${spec.name}"

typedef w2c_${modulePart(spec.name)} cohesix_instance_t;
extern cohesix_instance_t cohesix_instance;

/* Bytes of linear memory from cohesix_memory on. */
#define cohesix_memory_bytes UINT64_C(${spec.memory_bytes})

extern wasm_rt_funcref_t cohesix_table[];
extern const uint32_t cohesix_table_entries;

/* Fills tables, memory and globals and runs the module's top-level code. Linear memory must be mapped and zero. */
void cohesix_instantiate(void);
`;
}

/** The instance and its tables. Imports get no context: there is one instance an image. */
export function glueSource(spec: GlueSpec, header: string, tableEntries: number): string {
  const declaration = new RegExp(`^void wasm2c_${modulePart(spec.name)}_instantiate\\(([^)]*)\\);`, 'm').exec(
    header,
  )?.[1];
  if (declaration === undefined) throw new Error('wasm2c declares no instantiate function');
  const nulls = declaration
    .split(',')
    .slice(1)
    .map(() => ', NULL')
    .join('');
  return `/* Generated: storage of the component's instance. */
#include "component.h"

cohesix_instance_t cohesix_instance;
wasm_rt_funcref_t cohesix_table[${Math.max(1, tableEntries)}];
const uint32_t cohesix_table_entries = ${tableEntries};

void cohesix_instantiate(void) {
    wasm2c_${modulePart(spec.name)}_instantiate(&cohesix_instance${nulls});
}
`;
}
