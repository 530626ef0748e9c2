/* SPDX-License-Identifier: Apache-2.0 */
/* Translation table entries, for the kernel's tables and the users'. 4 KiB granule, 48-bit addresses.
 *
 *   63   55  54   53  52..48  47            12  11  10   9..8  7..6   5   4..2   1    0
 *  [ 0     |UXN |PXN | 0     | address        | nG| AF | SH  | AP   | 0 | Attr | TP | V ]
 *
 *   V   valid                          AP   bit 6: EL0 may use it, bit 7: read-only
 *   TP  table, or page at level 3;     AF   accessed (always set)
 *       0 for a block                  nG   tagged with the ASID
 *   Attr  index into MAIR_EL1, which the loader fills: 0 device nGnRnE, 4 normal write-back
 */
#pragma once

#include "types.h"

typedef word_t pte_t;

#define PTE_VALID (1ull << 0)
#define PTE_TABLE_OR_PAGE (1ull << 1)
#define PTE_ATTR_DEVICE (0ull << 2)
#define PTE_ATTR_NORMAL (4ull << 2)
#define PTE_USER (1ull << 6)
#define PTE_READ_ONLY (1ull << 7)
#define PTE_INNER_SHAREABLE (3ull << 8)
#define PTE_ACCESSED (1ull << 10)
#define PTE_NOT_GLOBAL (1ull << 11)
#define PTE_KERNEL_XN (1ull << 53)
#define PTE_USER_XN (1ull << 54)
