/* SPDX-License-Identifier: Apache-2.0 */
/* Test platform: runs a component as a static Linux program under qemu-user, so that every kind of trap can be provoked
 * and looked at without a kernel of ours. `prog N` calls the component's export `run(N)` and prints its result and the
 * deepest stack; a trap or a bad access prints its reason and its source line, found by the run-time lookup that the
 * fault reporter uses. */
#include "access.h"
#include "lines.h"

/* Not every component imports from here. */
struct w2c_host;

extern const struct line_table cohesix_lines;
extern const char cohesix_image_end[], cohesix_stack_bottom[], cohesix_stack_top[];

enum { SYS_WRITE = 64, SYS_EXIT_GROUP = 94, SYS_SIGALTSTACK = 132, SYS_RT_SIGACTION = 134, SYS_MMAP = 222 };
enum { SIGTRAP = 5, SIGSEGV = 11, SA_SIGINFO = 4, SA_ONSTACK = 0x08000000 };
enum { MCONTEXT_FAULT_ADDRESS = 176, MCONTEXT_PC = 440 };

static long syscall6(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

static void print(const char *text) {
    size_t length = 0;
    while (text[length] != '\0') length++;
    syscall6(SYS_WRITE, 1, (long)text, (long)length, 0, 0, 0);
}

static void print_number(uint64_t value, unsigned base) {
    char text[24];
    size_t at = sizeof text;
    text[--at] = '\0';
    do {
        text[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0);
    print(&text[at]);
}

_Noreturn static void leave(int code) {
    for (;;) syscall6(SYS_EXIT_GROUP, code, 0, 0, 0, 0, 0);
}

static void on_fault(int signal, void *info, const char *context) {
    (void)info;
    uint64_t pc = *(const uint64_t *)(const void *)(context + MCONTEXT_PC);
    uint64_t address = *(const uint64_t *)(const void *)(context + MCONTEXT_FAULT_ADDRESS);
    const char *reason = "unknown";
    const char *file = "?";
    uint32_t line = 0;
    if (signal == SIGTRAP) {
        const char *text = trap_text(trap_reason_of_instruction(*(const uint32_t *)pc));
        if (text != NULL) reason = text;
    } else if (address >= (uint64_t)cohesix_memory && address < (uint64_t)cohesix_memory + (9ull << 30)) {
        reason = trap_text(TRAP_OOB);
    } else if (address < (uint64_t)cohesix_stack_bottom && address >= (uint64_t)cohesix_stack_bottom - 4096) {
        reason = trap_text(TRAP_STACK);
    }
    size_t bytes = (size_t)(cohesix_image_end - (const char *)&cohesix_lines);
    if (lines_valid(&cohesix_lines, bytes)) (void)lines_lookup(&cohesix_lines, pc, &file, &line);
    print("trap: ");
    print(reason);
    print(" at ");
    print(file);
    print(":");
    print_number(line, 10);
    print(" pc ");
    print_number(pc, 16);
    print("\n");
    leave(3);
}

u32 w2c_host_acquire(struct w2c_host *unused, u32 offset) {
    (void)unused;
    return linear_load_acquire_u32(offset);
}

void w2c_host_release(struct w2c_host *unused, u32 offset, u32 value) {
    (void)unused;
    linear_store_release_u32(offset, value);
}

static char alternate_stack[16384];

static void catch_faults(void) {
    struct {
        void *base;
        int flags;
        size_t size;
    } stack = {alternate_stack, 0, sizeof alternate_stack};
    struct {
        void (*handler)(int, void *, const char *);
        unsigned long flags;
        void *restorer;
        uint64_t mask;
    } action = {on_fault, SA_SIGINFO | SA_ONSTACK, NULL, 0};
    syscall6(SYS_SIGALTSTACK, (long)&stack, 0, 0, 0, 0, 0);
    syscall6(SYS_RT_SIGACTION, SIGTRAP, (long)&action, 0, 8, 0, 0);
    syscall6(SYS_RT_SIGACTION, SIGSEGV, (long)&action, 0, 8, 0, 0);
}

_Noreturn void linux_main(long argc, const char *const *argv);
_Noreturn void linux_main(long argc, const char *const *argv) {
    static const uint64_t PAINT = 0x7061696e74656421;
    enum { READ_WRITE = 3, PRIVATE_FIXED_ANONYMOUS = 0x32 };
    uint32_t which = 0;
    if (argc > 1)
        for (const char *digit = argv[1]; *digit != '\0'; digit++) which = which * 10 + (uint32_t)(*digit - '0');
    catch_faults();
#ifdef BIG_FRAME_BYTES
    volatile char frame[BIG_FRAME_BYTES];
    frame[which % BIG_FRAME_BYTES] = 1;
#endif
    long size = (long)cohesix_memory_bytes;
    long at = syscall6(SYS_MMAP, (long)cohesix_memory, size, READ_WRITE, PRIVATE_FIXED_ANONYMOUS, -1, 0);
    if (at != (long)cohesix_memory) {
        print("no memory\n");
        leave(2);
    }
    cohesix_instantiate();
#ifdef SEAL_HEAP
    heap_seal();
#endif
    /* Paint the free stack, so that what the call used can be told afterwards. */
    volatile uint64_t *bottom = (volatile uint64_t *)(uintptr_t)cohesix_stack_bottom;
    volatile uint64_t *here;
    __asm__ volatile("mov %0, sp" : "=r"(here));
    for (volatile uint64_t *word = bottom; word < here; word++) *word = PAINT;
    print_number(COMPONENT(run)(&cohesix_instance, which), 16);
    print("\n");
    volatile uint64_t *deepest = bottom;
    while (*deepest == PAINT) deepest++;
    print("stack ");
    print_number((uint64_t)(cohesix_stack_top - (const char *)(uintptr_t)deepest), 16);
    print("\n");
    leave(0);
}
