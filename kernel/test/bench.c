/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Benchmarks: what the main operations of the kernel cost, in ticks of the physical counter. One line each:
 * "bench ipc.call_reply_recv ticks=… rounds=…". Built instead of the test cases with -DBENCH.
 */
#include "bench.h"

#include "counter.h"
#include "env.h"
#include "harness.h"

#define ROUNDS 2000
#define ABOVE (MAIN_PRIORITY + 1)
#define ATTR seL4_ARM_Default_VMAttributes

static seL4_CPtr object_a, object_b;

static void serve(seL4_Word endpoint)
{
    seL4_MessageInfo_t info = seL4_Recv(endpoint, 0);
    for (;;) {
        info = seL4_ReplyRecv(endpoint, info, 0);
    }
}

static void answer_signals(seL4_Word unused)
{
    (void)unused;
    for (;;) {
        seL4_Wait(object_a, 0);
        seL4_Signal(object_b);
    }
}

static void nothing(void)
{
}

static void call(void)
{
    seL4_Call(object_a, seL4_MessageInfo_new(0, 0, 0, 2));
}

static void signal_and_wait(void)
{
    seL4_Signal(object_a);
    seL4_Wait(object_b, 0);
}

static void signal_and_poll(void)
{
    seL4_Signal(object_a);
    seL4_Poll(object_a, 0);
}

static void retype_and_delete(void)
{
    seL4_Untyped_Retype(object_a, seL4_EndpointObject, 0, CNODE, 0, 0, object_b, 1);
    seL4_CNode_Delete(CNODE, object_b, DEPTH);
}

static void map_and_unmap(void)
{
    seL4_ARM_Page_Map(object_a, VSPACE, TEST_VADDR, seL4_ReadWrite, ATTR);
    seL4_ARM_Page_Unmap(object_a);
}

static void prepare_call(void)
{
    object_a = new_endpoint();
    spawn(serve, object_a, ABOVE);
}

static void prepare_signals(void)
{
    object_a = new_notification();
    object_b = new_notification();
    spawn(answer_signals, 0, ABOVE);
}

static void prepare_poll(void)
{
    object_a = new_notification();
}

static void prepare_retype(void)
{
    object_a = new_untyped(12);
    object_b = new_slot();
}

static void prepare_map(void)
{
    object_a = new_frame();
    for (int i = 0; i < 3; i++) {
        seL4_ARM_PageTable_Map(new_object(seL4_ARM_PageTableObject, 0), VSPACE, TEST_VADDR, ATTR);
    }
}

static const struct {
    const char *name;
    void (*prepare)(void);
    void (*round)(void);
} benchmarks[] = {
    {"loop.empty", nothing, nothing},
    {"sched.yield", nothing, seL4_Yield},
    {"ipc.call_reply_recv", prepare_call, call},
    {"notification.signal_poll", prepare_poll, signal_and_poll},
    {"notification.signal_wait", prepare_signals, signal_and_wait},
    {"untyped.retype_delete", prepare_retype, retype_and_delete},
    {"page.map_unmap", prepare_map, map_and_unmap},
};

void run_benchmarks(void)
{
    for (unsigned i = 0; i < sizeof(benchmarks) / sizeof(benchmarks[0]); i++) {
        env_begin_case();
        benchmarks[i].prepare();
        for (int warm_up = 0; warm_up < 100; warm_up++) {
            benchmarks[i].round();
        }
        seL4_Word start = counter();
        for (int round = 0; round < ROUNDS; round++) {
            benchmarks[i].round();
        }
        seL4_Word ticks = counter() - start;
        put_string("bench ");
        put_string(benchmarks[i].name);
        put_string(" ticks=");
        put_decimal(ticks);
        put_string(" rounds=");
        put_decimal(ROUNDS);
        put_string("\n");
        env_end_case();
    }
    put_string("# done\n");
}
