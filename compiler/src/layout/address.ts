// SPDX-License-Identifier: Apache-2.0
/**
 * The address spaces: where everything stands in a domain, and in the root task's linear memory. docs/domains.md draws
 * them; kernel/runtime/domain has the same numbers for C.
 */
export const PAGE_BYTES = 4096;

export const DEVICE_WINDOW = 0x1_0000n;
export const ELF_START = 0x4_0000n;
/** Below the stack one page is never mapped. */
export const STACK_TOP = 0x1f_c000n;
export const DOMAIN_TABLE = 0x1f_d000n;
export const IPC_BUFFER = 0x1f_e000n;
export const STATUS_PAGE = 0x1f_f000n;
export const LINEAR_MEMORY = 0x20_0000n;

/** Private part of the root task's linear memory; what it shares with domains is mapped behind it. */
export const ROOT_PRIVATE_BYTES = 2 << 20;

export function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}
