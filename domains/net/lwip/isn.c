/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that others must not guess. Everything comes from one 128-bit key, which the driver gathers at the start (entropy.ts):
 * random numbers are SipHash-2-4 of a counter, initial sequence numbers follow RFC 6528: a clock plus SipHash of the connection.
 */
#include "hooks.h"
#include "stack.h"

static uint64_t key[2];
static uint64_t sequence;

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void rounds(struct sip *s, int count)
{
    while (count-- > 0) {
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v2 = rotate(s->v2, 32);
    }
}

/* SipHash-2-4 of two words, 16 bytes. */
static uint64_t siphash(uint64_t a, uint64_t b)
{
    struct sip s = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
                    key[1] ^ 0x7465646279746573};
    const uint64_t words[] = {a, b, UINT64_C(16) << 56};
    for (int i = 0; i < 3; i++) {
        s.v3 ^= words[i];
        rounds(&s, 2);
        s.v0 ^= words[i];
    }
    s.v2 ^= 0xff;
    rounds(&s, 4);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

void stack_seed(uint64_t low, uint64_t high)
{
    key[0] = low;
    key[1] = high;
}

uint32_t stack_random(void)
{
    return (uint32_t)siphash(++sequence, 0);
}

u32_t stack_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port)
{
    const uint64_t ends = (uint64_t)ip4_addr_get_u32(remote) << 32 | ip4_addr_get_u32(local);
    const uint64_t ports = (uint64_t)remote_port << 16 | local_port | UINT64_C(1) << 32;
    /* The clock of RFC 6528 ticks every 4 microseconds. */
    return (u32_t)siphash(ends, ports) + sys_now() * 250;
}
