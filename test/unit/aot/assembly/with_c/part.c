/* The C part: what the test's module imports from `part`. */
#include <stdint.h>

__attribute__((import_module("env"), import_name("twice"))) uint32_t twice(uint32_t value);

static uint8_t block[65536];

__attribute__((export_name("sum"))) uint32_t sum(const uint8_t *from, uint32_t count)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += twice(from[i]);
    return total;
}

__attribute__((export_name("fill"))) uint8_t *fill(uint32_t value)
{
    for (uint32_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)value;
    return block;
}

/* Takes so many KiB of C stack. */
__attribute__((export_name("dive"))) uint32_t dive(uint32_t depth)
{
    volatile uint8_t *bytes = __builtin_alloca(depth * 1024);
    bytes[0] = 1;
    return bytes[0];
}
