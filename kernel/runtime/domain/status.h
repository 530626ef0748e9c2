/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages that the start code of a domain shares with the root task, at fixed addresses below linear memory, where
 * the component itself cannot reach them. docs/domains.md draws them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DOMAIN_TABLE_ADDRESS 0x1fd000ul
#define IPC_BUFFER_ADDRESS 0x1fe000ul
#define STATUS_ADDRESS 0x1ff000ul
#define DOMAIN_TABLE_ENTRIES 512u

#define DMA_FRAMES 384u

/* Written by the domain, read by the root task; `control` and `dma` the other way round. */
struct status {
    uint64_t progress;
    uint64_t in_call;
    uint64_t heap_used_bytes;
    uint64_t stack_used_bytes;
    uint64_t beats;
    uint64_t sealed;
    uint64_t reserved[2];
    uint64_t control;
    uint64_t alarm;
    uint64_t unused[118];
    uint64_t dma[DMA_FRAMES];
};
_Static_assert(offsetof(struct status, dma) == 1024, "docs/domains.md");

static inline volatile struct status *status_page(void)
{
    return (volatile struct status *)STATUS_ADDRESS;
}
