/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `domain` imports of components (lib/machine/domain.ts): who it is, and what it tells the supervisor.
 */
#include "component.h"
#include "domain.h"
#include "status.h"

struct w2c_domain;

uint64_t w2c_domain_generation(struct w2c_domain *unused)
{
    (void)unused;
    return domain_generation;
}

uint64_t w2c_domain_instance(struct w2c_domain *unused)
{
    (void)unused;
    return domain_instance;
}

void w2c_domain_beat(struct w2c_domain *unused)
{
    (void)unused;
    status_page()->beats++;
}

uint64_t w2c_domain_peer_generation(struct w2c_domain *unused, uint32_t instance)
{
    (void)unused;
    const volatile uint64_t *table = (const volatile uint64_t *)DOMAIN_TABLE_ADDRESS;
    return instance < DOMAIN_TABLE_ENTRIES ? __atomic_load_n(&table[instance], __ATOMIC_ACQUIRE) : 0;
}

uint64_t w2c_domain_control(struct w2c_domain *unused)
{
    (void)unused;
    return __atomic_load_n(&status_page()->control, __ATOMIC_ACQUIRE);
}

uint64_t w2c_domain_dma_address(struct w2c_domain *unused, uint32_t index)
{
    (void)unused;
    return index < DMA_FRAMES ? __atomic_load_n(&status_page()->dma[index], __ATOMIC_ACQUIRE) : 0;
}

void w2c_domain_set_alarm(struct w2c_domain *unused, uint64_t deadline)
{
    (void)unused;
    __atomic_store_n(&status_page()->alarm, deadline, __ATOMIC_RELEASE);
}
