/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's device tree reader on the host, with a blob on standard input.
 *
 *   devicetree            prints what the kernel takes from the blob, or why it is refused
 *   devicetree <seed> <n> reads n damaged copies of it; each ends where memory ends, so an overrun is a crash
 */
#include "../arch/arch.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MAX_BLOB = 1 << 20, HOST_PAGE = 4096 };

static const struct range kernel_image = {0x40000000, 0x40040000};
static jmp_buf halted;
static char console[512];
static unsigned char blob[MAX_BLOB], *memory_end;

void console_puts(const char *s)
{
    strncat(console, s, sizeof(console) - strlen(console) - 1);
}

_Noreturn void arch_halt(void)
{
    longjmp(halted, 1);
}

#define CHECK(e) ((e) ? (void)0 : check_failed(__LINE__, #e))
static void check_failed(int line, const char *what)
{
    fprintf(stderr, "devicetree.c:%d: %s\n", line, what);
    abort();
}

static void check_range(struct range r)
{
    CHECK(r.start < r.end && r.end <= WINDOW_SIZE && !((r.start | r.end) & (PAGE_SIZE - 1)));
}

static void check_platform(void)
{
    CHECK(platform.ram_count >= 1 && platform.ram_count <= MAX_RAM_RANGES);
    CHECK(platform.gic_count >= 2 && platform.gic_count <= MAX_GIC_RANGES);
    CHECK(platform.gic_version == 2 || platform.gic_version == 3);
    CHECK(platform.timer_irq >= 16 && platform.timer_irq < 32);
    CHECK(!(platform.uart & (PAGE_SIZE - 1)) && platform.uart < WINDOW_SIZE);
    CHECK(platform.reserved_count <= MAX_RESERVED_RANGES);
    for (uint32_t i = 0; i < platform.ram_count; i++) {
        check_range(platform.ram[i]);
        CHECK(!i || platform.ram[i - 1].end <= platform.ram[i].start);
    }
    for (uint32_t i = 0; i < platform.gic_count; i++) {
        check_range(platform.gic[i]);
    }
}

static bool read_blob(const void *data, size_t bytes)
{
    unsigned char *copy = memory_end - ((bytes + 7) & ~(size_t)7);
    memcpy(copy, data, bytes);
    console[0] = 0;
    platform.uart = 0x09000000;
    if (setjmp(halted)) {
        return false;
    }
    platform_from_dtb(copy, bytes, kernel_image);
    check_platform();
    return true;
}

static void print_ranges(const char *name, const struct range *ranges, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        printf("%s %#lx-%#lx\n", name, (unsigned long)ranges[i].start, (unsigned long)ranges[i].end);
    }
}

static void print_platform(void)
{
    print_ranges("ram", platform.ram, platform.ram_count);
    print_ranges("reserved", platform.reserved, platform.reserved_count);
    print_ranges("gic", platform.gic, platform.gic_count);
    printf("gicv%u uart %#lx timer %u irqs %u conduit %s\n", platform.gic_version, (unsigned long)platform.uart,
           platform.timer_irq, platform.irq_limit, platform.conduit == CONDUIT_SMC ? "smc" : "hvc");
}

static void damage(unsigned char *copy, size_t bytes)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    for (long i = 1 + random() % 6; i; i--) {
        size_t at = (size_t)random() % (random() % 4 ? bytes : 64);
        copy[at] = random() % 2 ? values[random() % 5] : copy[at] ^ (1 << random() % 8);
    }
}

static void damaged_copies(size_t bytes, long n)
{
    static unsigned char copy[MAX_BLOB];
    long accepted = 0;
    for (long i = 0; i < n; i++) {
        memcpy(copy, blob, bytes);
        damage(copy, bytes);
        accepted += read_blob(copy, random() % 8 ? bytes : (size_t)random() % bytes);
    }
    printf("ok %ld accepted, %ld refused\n", accepted, n - accepted);
}

int main(int argc, char **argv)
{
    unsigned char *memory = mmap(NULL, MAX_BLOB + HOST_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED && !mprotect(memory + MAX_BLOB, HOST_PAGE, PROT_NONE));
    memory_end = memory + MAX_BLOB;
    size_t bytes = fread(blob, 1, sizeof(blob), stdin);
    CHECK(bytes >= 64);
    if (argc == 3) {
        srandom((unsigned)atol(argv[1]));
        damaged_copies(bytes, atol(argv[2]));
    } else if (read_blob(blob, bytes)) {
        print_platform();
    } else {
        fputs(console, stdout);
    }
    return 0;
}
