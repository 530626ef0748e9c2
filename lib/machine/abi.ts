// SPDX-License-Identifier: Apache-2.0
// Numbers of seL4's user-level interface that components use by name. The calls themselves are imports (sel4.ts), so
// invocation labels do not appear here: they come from the libsel4 headers that the image is built against.

export const CAP_INIT_TCB: u64 = 1;
export const CAP_INIT_CNODE: u64 = 2;
export const CAP_INIT_VSPACE: u64 = 3;
export const CAP_IRQ_CONTROL: u64 = 4;
export const CAP_INIT_ASID_POOL: u64 = 6;

export const OBJECT_UNTYPED: u64 = 0;
export const OBJECT_ENDPOINT: u64 = 2;
export const OBJECT_TCB: u64 = 1;
export const OBJECT_NOTIFICATION: u64 = 3;
export const OBJECT_CNODE: u64 = 4;
export const OBJECT_VSPACE: u64 = 6;
export const OBJECT_SMALL_PAGE: u64 = 7;
export const OBJECT_PAGE_TABLE: u64 = 9;

export const BITS_SLOT: u32 = 5;
export const BITS_ENDPOINT: u32 = 4;
export const BITS_NOTIFICATION: u32 = 5;
export const BITS_SMALL_PAGE: u32 = 12;
export const BITS_PAGE_TABLE: u32 = 12;
export const BITS_MIN_UNTYPED: u32 = 4;

export const ERROR_NONE: u32 = 0;
export const ERROR_FAILED_LOOKUP: u32 = 6;
export const ERROR_DELETE_FIRST: u32 = 8;

export const RIGHTS_WRITE: u64 = 1;
export const RIGHTS_READ_WRITE: u64 = 3;
export const RIGHTS_ALL: u64 = 15;

/** Device memory: not cacheable, never executable. */
export const VM_DEVICE: u64 = 4;
/** Ordinary memory, never executable. */
export const VM_DATA: u64 = 7;
/** Default attributes for a page table. */
export const VM_DEFAULT: u64 = 3;

/** A capability pointer of the root task resolves all 64 bits. */
export const ROOT_DEPTH: u64 = 64;

/** Name of an seL4 error code. */
export function errorName(code: u32): string {
  switch (code) {
    case 0:
      return 'NoError';
    case 1:
      return 'InvalidArgument';
    case 2:
      return 'InvalidCapability';
    case 3:
      return 'IllegalOperation';
    case 4:
      return 'RangeError';
    case 5:
      return 'AlignmentError';
    case 6:
      return 'FailedLookup';
    case 7:
      return 'TruncatedMessage';
    case 8:
      return 'DeleteFirst';
    case 9:
      return 'RevokeFirst';
    case 10:
      return 'NotEnoughMemory';
    default:
      return 'UnknownError';
  }
}
