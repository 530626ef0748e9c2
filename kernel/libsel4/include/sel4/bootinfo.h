/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel tells the initial thread: the boot information page and the tagged chunks behind it.
 * The pointer to the page is x0 of the initial thread's first instruction.
 */
#pragma once

#include <sel4/types.h>

typedef struct seL4_SlotRegion_ {
    seL4_SlotPos start; /* first slot of the region */
    seL4_SlotPos end;   /* first slot after it */
} seL4_SlotRegion;

typedef struct seL4_UntypedDesc_ {
    seL4_Word paddr;
    seL4_Uint8 sizeBits;
    seL4_Uint8 isDevice;
    seL4_Uint8 padding[sizeof(seL4_Word) - 2];
} seL4_UntypedDesc;

/*
 * 0x00 extraLen | 0x08 nodeID | 0x10 numNodes | 0x18 numIOPTLevels | 0x20 ipcBuffer | 0x28 empty | 0x38 sharedFrames
 * 0x48 userImageFrames | 0x58 userImagePaging | 0x68 ioSpaceCaps | 0x78 extraBIPages | 0x88 initThreadCNodeSizeBits
 * 0x90 initThreadDomain | 0x98 untyped | 0xa8 untypedList[230]
 */
typedef struct seL4_BootInfo_ {
    seL4_Word extraLen;
    seL4_NodeId nodeID;
    seL4_Word numNodes;
    seL4_Word numIOPTLevels;
    seL4_IPCBuffer *ipcBuffer;
    seL4_SlotRegion empty;
    seL4_SlotRegion sharedFrames;
    seL4_SlotRegion userImageFrames;
    seL4_SlotRegion userImagePaging;
    seL4_SlotRegion ioSpaceCaps;
    seL4_SlotRegion extraBIPages;
    seL4_Word initThreadCNodeSizeBits;
    seL4_Domain initThreadDomain;
    seL4_SlotRegion untyped;
    seL4_UntypedDesc untypedList[CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS];
} seL4_BootInfo;

_Static_assert(__builtin_offsetof(seL4_BootInfo, untypedList) == 0xa8, "layout of the boot information");
_Static_assert(CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS != 230 || sizeof(seL4_BootInfo) == 0xf08, "230 untypeds");

/* Head of a chunk of extra boot information; len counts the head itself. */
typedef struct seL4_BootInfoHeader_ {
    seL4_Word id;
    seL4_Word len;
} seL4_BootInfoHeader;
