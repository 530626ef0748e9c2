/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs cases and prints one line each: "ok 12 name" or "not ok 12 name: …". The verdict is printed once, whoever
 * gives it: the case's end, a failed check, or a watcher that stopped it.
 */
#include "harness.h"

#include "env.h"

static struct {
    unsigned long number; /* of the running case, from 1 */
    unsigned long passed, failed;
    const char *name;
    volatile int verdict_given;
    seL4_Word jump[13]; /* x19..x30 and sp, where run_case can go on */
} state;

/* Saves the callee-saved registers and returns 0; returns 1 when restore_context jumps back to it. */
int save_context(seL4_Word *to) __attribute__((returns_twice));
void restore_context(seL4_Word *from);

__asm__(".text\n"
        "save_context:\n"
        "    stp x19, x20, [x0]\n"
        "    stp x21, x22, [x0, #16]\n"
        "    stp x23, x24, [x0, #32]\n"
        "    stp x25, x26, [x0, #48]\n"
        "    stp x27, x28, [x0, #64]\n"
        "    stp x29, x30, [x0, #80]\n"
        "    mov x1, sp\n"
        "    str x1, [x0, #96]\n"
        "    mov x0, #0\n"
        "    ret\n"
        "restore_context:\n"
        "    ldp x19, x20, [x0]\n"
        "    ldp x21, x22, [x0, #16]\n"
        "    ldp x23, x24, [x0, #32]\n"
        "    ldp x25, x26, [x0, #48]\n"
        "    ldp x27, x28, [x0, #64]\n"
        "    ldp x29, x30, [x0, #80]\n"
        "    ldr x1, [x0, #96]\n"
        "    mov sp, x1\n"
        "    mov x0, #1\n"
        "    ret\n");

static int begin_verdict(int ok)
{
    if (state.verdict_given || !state.name) {
        return 0;
    }
    state.verdict_given = 1;
    *(ok ? &state.passed : &state.failed) += 1;
    put_string(ok ? "ok " : "not ok ");
    put_decimal(state.number);
    put_string(" ");
    put_string(state.name);
    return 1;
}

static void put_place(const char *file, int line)
{
    const char *base = file;
    for (const char *p = file; *p; p++) {
        base = *p == '/' ? p + 1 : base;
    }
    put_string(" at ");
    put_string(base);
    put_string(":");
    put_decimal((seL4_Word)line);
    put_string("\n");
}

static void put_value(seL4_Word value)
{
    (value < 4096 ? put_decimal : put_hex)(value);
}

int check_equal(const char *what, seL4_Word got, seL4_Word want, const char *file, int line)
{
    if (got != want && begin_verdict(0)) {
        put_string(": ");
        put_string(what);
        put_string(": expected ");
        put_value(want);
        put_string(" got ");
        put_value(got);
        put_place(file, line);
    }
    return got == want;
}

int check_error(const char *what, seL4_Word got, seL4_Word want, const char *file, int line, int num_words,
                const seL4_Word *words)
{
    seL4_Word found[8];
    int bad_word = -1;
    for (int i = num_words - 1; i >= 0; i--) {
        found[i] = seL4_GetMR(i);
        bad_word = found[i] != words[i] ? i : bad_word;
    }
    if (got != want) {
        return check_equal(what, got, want, file, line);
    }
    if (bad_word >= 0 && begin_verdict(0)) {
        put_string(": ");
        put_string(what);
        put_string(": error ");
        put_decimal(want);
        put_string(" word ");
        put_decimal((seL4_Word)bad_word);
        put_string(" expected ");
        put_value(words[bad_word]);
        put_string(" got ");
        put_value(found[bad_word]);
        put_place(file, line);
    }
    return bad_word < 0;
}

static void put_reason(const char *before, const char *reason, seL4_Word a, seL4_Word b)
{
    put_string(before);
    put_string(reason);
    put_string(" a=");
    put_hex(a);
    put_string(" b=");
    put_hex(b);
    put_string("\n");
}

void abort_case(const char *reason, seL4_Word a, seL4_Word b)
{
    if (!state.name) {
        put_reason("# outside the cases: ", reason, a, b);
        seL4_TCB_Suspend(seL4_CapInitThreadTCB);
        return;
    }
    if (begin_verdict(0)) {
        put_reason(": ", reason, a, b);
    }
    /* The program's own thread goes on where run_case saved its registers. */
    env_restart_main((seL4_Word)restore_context, (seL4_Word)state.jump);
}

unsigned long case_epoch(void)
{
    return state.number;
}

static void run_case(const struct test_case *test)
{
    state.number++;
    state.name = test->name;
    state.verdict_given = 0;
    if (!save_context(state.jump)) {
        env_begin_case();
        test->run();
    }
    if (begin_verdict(1)) {
        put_string("\n");
    }
    env_end_case();
}

void run_suite(const struct test_suite *suite)
{
    for (unsigned i = 0; i < suite->num_cases; i++) {
        run_case(&suite->cases[i]);
    }
}

void print_summary(void)
{
    put_string("# passed=");
    put_decimal(state.passed);
    put_string(" failed=");
    put_decimal(state.failed);
    put_string("\n# done\n");
}
