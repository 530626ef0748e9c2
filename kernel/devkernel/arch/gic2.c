/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2: the distributor and the banked CPU interface, both memory-mapped. One core. */

#include "arch.h"
#include "sysreg.h"

enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ICPENDR = 0x280,
    GICD_ICACTIVER = 0x380,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xc00,
    GICD_SGIR = 0xf00,
};
enum { GICC_CTLR = 0x00, GICC_PMR = 0x04, GICC_BPR = 0x08, GICC_IAR = 0x0c, GICC_EOIR = 0x10 };
enum { ENABLE = 1, PRIORITY_ALL = 0xa0a0a0a0, PRIORITY_MASK = 0xf0, FIRST_SHARED = 32, MAX_TARGETS = 8 };
enum { SGI_TO_SELF = 2 << 24 };

static void *distributor, *cpu_interface;

static uint32_t gic2_init(void)
{
    distributor = PHYS_TO_PTR(platform.gic[0].start);
    cpu_interface = PHYS_TO_PTR(platform.gic[1].start);
    mmio_write32(distributor, GICD_CTLR, 0);
    uint32_t lines = ((mmio_read32(distributor, GICD_TYPER) & 31) + 1) * 32;
    uint32_t this_core = mmio_read32(distributor, GICD_ITARGETSR) & 0xff; /* banked: what it reads is ourselves */
    if (!this_core) {
        this_core = 1;
    }
    for (uint32_t i = 0; i < lines; i += 32) {
        mmio_write32(distributor, GICD_ICENABLER + i / 8, ~0u);
        mmio_write32(distributor, GICD_ICPENDR + i / 8, ~0u);
        mmio_write32(distributor, GICD_ICACTIVER + i / 8, ~0u);
    }
    for (uint32_t i = 0; i < lines; i += 4) {
        mmio_write32(distributor, GICD_IPRIORITYR + i, PRIORITY_ALL);
        if (i >= FIRST_SHARED) {
            mmio_write32(distributor, GICD_ITARGETSR + i, this_core * 0x01010101u);
        }
    }
    mmio_write32(distributor, GICD_ISENABLER, 0xffff); /* software-generated ones: irq.c keeps their mask */
    mmio_write32(distributor, GICD_CTLR, ENABLE);
    mmio_write32(cpu_interface, GICC_PMR, PRIORITY_MASK);
    mmio_write32(cpu_interface, GICC_BPR, 0);
    mmio_write32(cpu_interface, GICC_CTLR, ENABLE);
    return lines;
}

static uint32_t gic2_acknowledge(uint32_t *token)
{
    *token = mmio_read32(cpu_interface, GICC_IAR); /* with the sending core of a software-generated one */
    return *token & 0x3ff;
}

static void gic2_finish(uint32_t token)
{
    mmio_write32(cpu_interface, GICC_EOIR, token);
}

static void gic2_mask(uint32_t irq, bool masked)
{
    mmio_write32(distributor, (masked ? GICD_ICENABLER : GICD_ISENABLER) + irq / 32 * 4, 1u << irq % 32);
    dsb_system();
}

static void gic2_set_trigger(uint32_t irq, bool edge)
{
    uint32_t offset = GICD_ICFGR + irq / 16 * 4, bit = 2u << irq % 16 * 2;
    uint32_t value = mmio_read32(distributor, offset);
    mmio_write32(distributor, offset, edge ? value | bit : value & ~bit);
}

static bool gic2_sgi_target_valid(uint32_t target)
{
    return target < MAX_TARGETS;
}

static void gic2_send_sgi(uint32_t irq, uint32_t target)
{
    dsb_system();
    mmio_write32(distributor, GICD_SGIR, 1u << (16 + target) | irq);
}

static void gic2_send_sgi_to_self(uint32_t irq)
{
    mmio_write32(distributor, GICD_SGIR, SGI_TO_SELF | irq);
}

const struct irq_controller gic2_controller = {
    .init = gic2_init,
    .acknowledge = gic2_acknowledge,
    .finish = gic2_finish,
    .mask = gic2_mask,
    .set_trigger = gic2_set_trigger,
    .sgi_target_valid = gic2_sgi_target_valid,
    .send_sgi = gic2_send_sgi,
    .send_sgi_to_self = gic2_send_sgi_to_self,
};
