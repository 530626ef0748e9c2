/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel promises about the boot information page, the initial capabilities and the untyped memory.
 */
#include "env.h"
#include "harness.h"

extern char image_start[], image_end[];

#define BI (env.bootinfo)
#define NUM_UNTYPED (BI->untyped.end - BI->untyped.start)

static void one_node(void)
{
    EXPECT_EQ(BI->nodeID, 0);
    EXPECT_EQ(BI->numNodes, 1);
    EXPECT_EQ(BI->numIOPTLevels, 0);
    EXPECT_EQ(BI->initThreadDomain, 0);
}

static void regions_in_order(void)
{
    EXPECT_EQ(BI->userImagePaging.start, seL4_NumInitialCaps);
    seL4_Word num_extra = BI->extraBIPages.end - BI->extraBIPages.start;
    if (num_extra) {
        EXPECT_EQ(BI->extraBIPages.start, BI->userImagePaging.end);
    }
    EXPECT_EQ(BI->userImageFrames.start, BI->userImagePaging.end + num_extra);
    EXPECT_EQ(BI->untyped.start, BI->userImageFrames.end);
    EXPECT_EQ(BI->empty.start, BI->untyped.end);
    EXPECT_EQ(BI->empty.end, 1UL << BI->initThreadCNodeSizeBits);
    EXPECT_EQ(BI->sharedFrames.end, BI->sharedFrames.start);
    EXPECT_EQ(BI->ioSpaceCaps.end, BI->ioSpaceCaps.start);
}

static void image_frames(void)
{
    seL4_Word pages = (seL4_Word)(image_end - image_start) / 4096;
    EXPECT_EQ(BI->userImageFrames.end - BI->userImageFrames.start, pages);
    seL4_Word first = seL4_ARM_Page_GetAddress(BI->userImageFrames.start).paddr;
    for (seL4_Word i = 1; i < pages; i++) {
        EXPECT_EQ(seL4_ARM_Page_GetAddress(BI->userImageFrames.start + i).paddr, first + i * 4096);
    }
}

static void image_paging(void)
{
    /* Three levels below the VSpace object for an image inside one 2 MiB block. */
    EXPECT_EQ(BI->userImagePaging.end - BI->userImagePaging.start, 3);
}

static void address_plan(void)
{
    EXPECT_EQ(BI->ipcBuffer, image_end);
    EXPECT_EQ(BI, image_end + 0x1000);
}

static void extra_chunks(void)
{
    const char *extra = (const char *)BI + 0x1000;
    seL4_Word offset = 0;
    EXPECT_TRUE((BI->extraBIPages.end - BI->extraBIPages.start) * 4096 >= BI->extraLen);
    while (offset < BI->extraLen) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)(extra + offset);
        const unsigned char *data = (const unsigned char *)(header + 1);
        if (!EXPECT_TRUE(header->len >= sizeof(*header) && header->len <= BI->extraLen - offset)) {
            return;
        }
        if (header->id == SEL4_BOOTINFO_HEADER_FDT) {
            EXPECT_EQ((seL4_Word)data[0] << 24 | data[1] << 16 | data[2] << 8 | data[3], 0xd00dfeed);
        }
        offset += header->len;
    }
    EXPECT_EQ(offset, BI->extraLen);
}

static void initial_caps(void)
{
    static const char present[seL4_NumInitialCaps] = {
        [seL4_CapInitThreadTCB] = 1,      [seL4_CapInitThreadCNode] = 1, [seL4_CapInitThreadVSpace] = 1,
        [seL4_CapIRQControl] = 1,         [seL4_CapASIDControl] = 1,     [seL4_CapInitThreadASIDPool] = 1,
        [seL4_CapBootInfoFrame] = 1,      [seL4_CapInitThreadIPCBuffer] = 1,
        [seL4_CapDomain] = 1,
    };
    for (seL4_CPtr slot = 0; slot < seL4_NumInitialCaps; slot++) {
        if (slot != seL4_CapSMC) {
            EXPECT_EQ(slot << 8 | (seL4_Word)slot_is_empty(slot), slot << 8 | !present[slot]);
        }
    }
    EXPECT_TRUE(slot_is_empty(BI->empty.end - 1));
}

static void untypeds_well_formed(void)
{
    EXPECT_TRUE(NUM_UNTYPED > 0 && NUM_UNTYPED <= CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS);
    for (seL4_Word i = 0; i < NUM_UNTYPED; i++) {
        const seL4_UntypedDesc *a = &BI->untypedList[i];
        EXPECT_TRUE(a->sizeBits >= seL4_MinUntypedBits && a->sizeBits <= seL4_MaxUntypedBits);
        if (a->paddr < 1UL << 39) { /* above it a kernel may align in its own window instead */
            EXPECT_EQ(a->paddr & ((1UL << a->sizeBits) - 1), 0);
        }
        for (seL4_Word j = 0; j < i; j++) {
            const seL4_UntypedDesc *b = &BI->untypedList[j];
            EXPECT_TRUE(a->paddr + (1UL << a->sizeBits) <= b->paddr || b->paddr + (1UL << b->sizeBits) <= a->paddr);
        }
    }
}

static void device_untypeds_first(void)
{
    for (seL4_Word i = 1; i < NUM_UNTYPED; i++) {
        EXPECT_TRUE(BI->untypedList[i - 1].isDevice >= BI->untypedList[i].isDevice);
    }
}

static int device_covers(seL4_Word paddr)
{
    for (seL4_Word i = 0; i < NUM_UNTYPED; i++) {
        const seL4_UntypedDesc *desc = &BI->untypedList[i];
        if (desc->isDevice && paddr >= desc->paddr && paddr - desc->paddr < 1UL << desc->sizeBits) {
            return 1;
        }
    }
    return 0;
}

static void devices_offered(void)
{
    static const seL4_Word offered[] = {0x09000000, 0x09010000, 0x0a000000, 0x0a003e00};
    for (unsigned i = 0; i < sizeof(offered) / sizeof(offered[0]); i++) {
        EXPECT_EQ(device_covers(offered[i]) ? offered[i] : 0, offered[i]);
    }
    EXPECT_EQ(device_covers(0x08000000), 0); /* the interrupt controller is the kernel's */
}

static void ram_untypeds(void)
{
    seL4_Word total = 0;
    for (seL4_Word i = 0; i < NUM_UNTYPED; i++) {
        const seL4_UntypedDesc *desc = &BI->untypedList[i];
        if (!desc->isDevice) {
            EXPECT_TRUE(desc->paddr >= 0x40000000 && desc->paddr + (1UL << desc->sizeBits) <= 0x80000000);
            total += 1UL << desc->sizeBits;
        }
    }
    EXPECT_TRUE(total >= 900UL << 20);
}

static void frames_writable(void)
{
    /* The IPC buffer's frame capability names the page that the kernel reads: seen through a second mapping. */
    seL4_CPtr frame = copy(seL4_CapInitThreadIPCBuffer);
    seL4_Word same = seL4_ARM_Page_GetAddress(seL4_CapInitThreadIPCBuffer).paddr;
    EXPECT_EQ(seL4_ARM_Page_GetAddress(frame).paddr, same);
    EXPECT_EQ(seL4_ARM_Page_GetAddress(seL4_CapBootInfoFrame).error, seL4_NoError);
}

static const struct test_case cases[] = {
    {"bootinfo: one node, domain 0", one_node},
    {"bootinfo: slot regions follow each other", regions_in_order},
    {"bootinfo: image frames are contiguous and complete", image_frames},
    {"bootinfo: three paging structures for the image", image_paging},
    {"bootinfo: IPC buffer and boot information follow the image", address_plan},
    {"bootinfo: extra chunks fill extraLen", extra_chunks},
    {"bootinfo: initial slots hold what they should", initial_caps},
    {"bootinfo: untypeds are aligned and disjoint", untypeds_well_formed},
    {"bootinfo: device untypeds come first", device_untypeds_first},
    {"bootinfo: UART, RTC and virtio are offered, the GIC is not", devices_offered},
    {"bootinfo: RAM untypeds lie in RAM and hold most of it", ram_untypeds},
    {"bootinfo: frames of IPC buffer and boot information are pages", frames_writable},
};
TEST_SUITE(bootinfo_suite, cases);
