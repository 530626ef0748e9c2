/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers of the cases that map memory: page tables on the way to an address, and probes that tell whether an access
 * works without ending the case.
 */
#pragma once

#include "env.h"

#define WORD_AT(address) (*(volatile seL4_Word *)(address))

/* Maps the first count (1..3) levels of page tables for an address. */
void map_tables(seL4_CPtr vspace, seL4_Word vaddr, int count);

/* 1 when a thread of this program can read, write or call at the address; 0 when it gets a VM fault. */
int probe_read(seL4_Word address);
int probe_write(seL4_Word address);
int probe_execute(seL4_Word address);
