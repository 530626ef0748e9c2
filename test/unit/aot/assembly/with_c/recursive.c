/* A C part that is refused: it calls itself. */
#include <stdint.h>

__attribute__((import_module("env"), import_name("twice"))) uint32_t twice(uint32_t value);

__attribute__((export_name("sum"), noinline)) uint32_t sum(const uint8_t *from, uint32_t count)
{
    return count == 0 ? 0 : twice(sum(from, count - 1)) ^ count;
}

__attribute__((export_name("fill"))) uint8_t *fill(uint32_t value)
{
    return (uint8_t *)value;
}

__attribute__((export_name("dive"))) uint32_t dive(uint32_t depth)
{
    return depth;
}
