/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the kernel test program: runs every suite on whatever kernel it was started by, and prints a verdict a case;
 * or, built with -DBENCH, the benchmarks.
 */
#include "bench.h"
#include "env.h"
#include "harness.h"

#define SUITES(X)    \
    X(bootinfo)      \
    X(untyped)       \
    X(cnode)         \
    X(derivation)    \
    X(revoke)        \
    X(tcb)           \
    X(sched)         \
    X(notification)  \
    X(endpoint)      \
    X(transfer)      \
    X(fault)         \
    X(cap_fault)     \
    X(vspace)        \
    X(asid)          \
    X(cache)         \
    X(irq)           \
    X(fpu)           \
    X(domain)        \
    X(smc)           \
    X(counter)       \
    X(lifecycle)     \
    X(fuzz)

#define DECLARE(name) extern const struct test_suite name##_suite;
SUITES(DECLARE)

_Noreturn void test_main(const seL4_BootInfo *bootinfo)
{
    env_init(bootinfo);
#ifdef BENCH
    run_benchmarks();
#else
#define RUN(name) run_suite(&name##_suite);
    SUITES(RUN)
    print_summary();
#endif
    env_finish();
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    for (;;) {
    }
}
