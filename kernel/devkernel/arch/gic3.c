/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3: the distributor for shared interrupts, this core's redistributor for private ones, and the CPU interface in
 * system registers. Affinity routing, group 1. One core. */

#include "arch.h"
#include "sysreg.h"

enum {
    GICD_CTLR = 0x0000,
    GICD_TYPER = 0x0004,
    GICD_IGROUPR = 0x0080,
    GICD_ISENABLER = 0x0100,
    GICD_ICENABLER = 0x0180,
    GICD_ICPENDR = 0x0280,
    GICD_ICACTIVER = 0x0380,
    GICD_IPRIORITYR = 0x0400,
    GICD_ICFGR = 0x0c00,
    GICD_IROUTER = 0x6000,
};
enum { CTLR_GROUP1_NS = 1 << 0, CTLR_GROUP1 = 1 << 1, CTLR_AFFINITY = 1 << 4, CTLR_PENDING = 1u << 31 };
enum { GICR_TYPER = 0x08, GICR_WAKER = 0x14, GICR_FRAME = 0x10000 };
enum { TYPER_VIRTUAL_LPIS = 1 << 1, TYPER_LAST = 1 << 4, WAKER_SLEEP = 1 << 1, WAKER_ASLEEP = 1 << 2 };
enum { PRIORITY_ALL = 0xa0a0a0a0, PRIORITY_MASK = 0xf0, FIRST_SHARED = 32, MAX_POLLS = 1000000 };

#define ICC_PMR_EL1 "s3_0_c4_c6_0"
#define ICC_IAR1_EL1 "s3_0_c12_c12_0"
#define ICC_EOIR1_EL1 "s3_0_c12_c12_1"
#define ICC_BPR1_EL1 "s3_0_c12_c12_3"
#define ICC_CTLR_EL1 "s3_0_c12_c12_4"
#define ICC_SRE_EL1 "s3_0_c12_c12_5"
#define ICC_IGRPEN1_EL1 "s3_0_c12_c12_7"
#define ICC_SGI1R_EL1 "s3_0_c12_c11_5"

static void *distributor, *redistributor, *private_frame;

/* Affinity fields 3.2.1.0 as one 32-bit number, as GICR_TYPER has it. */
static uint32_t own_affinity(void)
{
    word_t mpidr = READ_SYSREG("mpidr_el1");
    return (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 32 & 0xff) << 24;
}

static void find_redistributor(void)
{
    for (uint32_t i = 1; i < platform.gic_count; i++) {
        paddr_t at = platform.gic[i].start;
        while (at + 2 * GICR_FRAME <= platform.gic[i].end) {
            void *frame = PHYS_TO_PTR(at);
            uint32_t typer = mmio_read32(frame, GICR_TYPER);
            if (mmio_read32(frame, GICR_TYPER + 4) == own_affinity()) {
                redistributor = frame;
                private_frame = (char *)frame + GICR_FRAME;
                return;
            }
            if (typer & TYPER_LAST) {
                break;
            }
            at += (typer & TYPER_VIRTUAL_LPIS ? 4 : 2) * GICR_FRAME;
        }
    }
    kernel_panic(__FILE__, __LINE__, "no GICv3 redistributor belongs to this core");
}

static void wait_for_writes(void *frame)
{
    for (uint32_t i = 0; i < MAX_POLLS && mmio_read32(frame, GICD_CTLR) & CTLR_PENDING; i++) {
    }
}

/* Sets 32 lines of a bank to: group 1, disabled, not pending, equal priority. */
static void reset_bank(void *frame, uint32_t first)
{
    mmio_write32(frame, GICD_IGROUPR + first / 8, ~0u);
    mmio_write32(frame, GICD_ICENABLER + first / 8, ~0u);
    mmio_write32(frame, GICD_ICPENDR + first / 8, ~0u);
    mmio_write32(frame, GICD_ICACTIVER + first / 8, ~0u);
    for (uint32_t i = first; i < first + 32; i += 4) {
        mmio_write32(frame, GICD_IPRIORITYR + i, PRIORITY_ALL);
    }
}

static void init_redistributor(void)
{
    find_redistributor();
    mmio_write32(redistributor, GICR_WAKER, mmio_read32(redistributor, GICR_WAKER) & ~(uint32_t)WAKER_SLEEP);
    for (uint32_t i = 0; i < MAX_POLLS && mmio_read32(redistributor, GICR_WAKER) & WAKER_ASLEEP; i++) {
    }
    reset_bank(private_frame, 0);
    mmio_write32(private_frame, GICD_ISENABLER, 0xffff); /* software-generated ones: irq.c keeps their mask */
}

static uint32_t gic3_init(void)
{
    distributor = PHYS_TO_PTR(platform.gic[0].start);
    mmio_write32(distributor, GICD_CTLR, 0);
    wait_for_writes(distributor);
    uint32_t lines = ((mmio_read32(distributor, GICD_TYPER) & 31) + 1) * 32;
    mmio_write32(distributor, GICD_CTLR, CTLR_AFFINITY);
    wait_for_writes(distributor);
    for (uint32_t i = FIRST_SHARED; i < lines; i += 32) {
        reset_bank(distributor, i);
    }
    uint32_t affinity = own_affinity();
    for (uint32_t i = FIRST_SHARED; i < lines && i < 1020; i++) {
        mmio_write32(distributor, GICD_IROUTER + i * 8, affinity & 0xffffff);
        mmio_write32(distributor, GICD_IROUTER + i * 8 + 4, affinity >> 24);
    }
    mmio_write32(distributor, GICD_CTLR, CTLR_AFFINITY | CTLR_GROUP1 | CTLR_GROUP1_NS);
    wait_for_writes(distributor);
    init_redistributor();

    WRITE_SYSREG(ICC_SRE_EL1, READ_SYSREG(ICC_SRE_EL1) | 1);
    isb();
    WRITE_SYSREG(ICC_PMR_EL1, PRIORITY_MASK);
    WRITE_SYSREG(ICC_BPR1_EL1, 0);
    WRITE_SYSREG(ICC_CTLR_EL1, 0);
    WRITE_SYSREG(ICC_IGRPEN1_EL1, 1);
    isb();
    return lines;
}

static uint32_t gic3_acknowledge(uint32_t *token)
{
    *token = (uint32_t)READ_SYSREG(ICC_IAR1_EL1) & 0xffffff;
    dsb_system();
    return *token;
}

static void gic3_finish(uint32_t token)
{
    WRITE_SYSREG(ICC_EOIR1_EL1, token);
    isb();
}

static void *bank_of(uint32_t irq)
{
    return irq < FIRST_SHARED ? private_frame : distributor;
}

static void gic3_mask(uint32_t irq, bool masked)
{
    mmio_write32(bank_of(irq), (masked ? GICD_ICENABLER : GICD_ISENABLER) + irq / 32 * 4, 1u << irq % 32);
    dsb_system();
}

static void gic3_set_trigger(uint32_t irq, bool edge)
{
    uint32_t offset = GICD_ICFGR + irq / 16 * 4, bit = 2u << irq % 16 * 2;
    uint32_t value = mmio_read32(bank_of(irq), offset);
    mmio_write32(bank_of(irq), offset, edge ? value | bit : value & ~bit);
}

/* A target is an affinity; one register write reaches 256 cores of a cluster, so every value is addressable. */
static bool gic3_sgi_target_valid(uint32_t target)
{
    (void)target;
    return true;
}

static void gic3_send_sgi(uint32_t irq, uint32_t target)
{
    word_t aff3 = target >> 24 & 0xff, aff2 = target >> 16 & 0xff, aff1 = target >> 8 & 0xff, aff0 = target & 0xff;
    dsb_system();
    WRITE_SYSREG(ICC_SGI1R_EL1,
                 aff3 << 48 | (aff0 >> 4) << 44 | aff2 << 32 | (word_t)irq << 24 | aff1 << 16 | BIT(aff0 & 15));
    isb();
}

static void gic3_send_sgi_to_self(uint32_t irq)
{
    gic3_send_sgi(irq, own_affinity());
}

const struct irq_controller gic3_controller = {
    .init = gic3_init,
    .acknowledge = gic3_acknowledge,
    .finish = gic3_finish,
    .mask = gic3_mask,
    .set_trigger = gic3_set_trigger,
    .sgi_target_valid = gic3_sgi_target_valid,
    .send_sgi = gic3_send_sgi,
    .send_sgi_to_self = gic3_send_sgi_to_self,
};
