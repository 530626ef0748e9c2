/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How cases are written, run and reported. For every *_test.c.
 *
 * A case is a function that checks with EXPECT and its kin; its first failed check is its verdict. Each case starts
 * with an empty arena of memory and capability slots (env.h) and everything it made is revoked after it. A case that
 * blocks for ever, or that faults, is stopped, reported and cleaned up like any other.
 */
#pragma once

#include <sel4/sel4.h>

struct test_case {
    const char *name; /* "area.call: what holds" */
    void (*run)(void);
};

struct test_suite {
    const struct test_case *cases;
    unsigned num_cases;
};

#define TEST_SUITE(suite, table) \
    const struct test_suite suite = {table, sizeof(table) / sizeof((table)[0])}

/* Records a failed check of the running case; only the first one is printed. Returns whether it held. */
int check_equal(const char *what, seL4_Word got, seL4_Word want, const char *file, int line);
int check_error(const char *what, seL4_Word got, seL4_Word want, const char *file, int line, int num_words,
                const seL4_Word *words);

#define EXPECT_EQ(got, want) check_equal(#got, (seL4_Word)(got), (seL4_Word)(want), __FILE__, __LINE__)
#define EXPECT_TRUE(condition) check_equal(#condition, !!(condition), 1, __FILE__, __LINE__)
#define EXPECT_OK(call) check_equal(#call, (seL4_Word)(call), seL4_NoError, __FILE__, __LINE__)
/* The case cannot go on when this fails. */
#define REQUIRE_OK(call)          \
    do {                          \
        if (!EXPECT_OK(call)) {   \
            return;               \
        }                         \
    } while (0)
/* EXPECT_ERR(call, seL4_RangeError, 0, 64): the code, and the first message registers of the reply. */
#define EXPECT_ERR(call, ...) EXPECT_ERR_(call, __VA_ARGS__)
#define EXPECT_ERR_(call, want, ...)                                                                                \
    check_error(#call, (seL4_Word)(call), want, __FILE__, __LINE__,                                                 \
                (int)(sizeof((seL4_Word[]){0, ##__VA_ARGS__}) / sizeof(seL4_Word)) - 1,                             \
                &((const seL4_Word[]){0, ##__VA_ARGS__})[1])

/* Runs one suite; the number of the next case goes on from suite to suite. */
void run_suite(const struct test_suite *suite);
void print_summary(void);

/* For the thread that handles unexpected faults, and the one that runs when nobody else can: ends the running case
 * with this reason and lets the program go on with the next. The message is "reason a=… b=…". */
void abort_case(const char *reason, seL4_Word a, seL4_Word b);
/* Counts up with every case, so that a watcher can tell whether the program still moves. */
unsigned long case_epoch(void);

/* Output, for harness and benchmarks. */
void put_string(const char *s);
void put_decimal(seL4_Word value);
void put_hex(seL4_Word value);
