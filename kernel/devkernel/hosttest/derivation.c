/* SPDX-License-Identifier: Apache-2.0 */
/* Property test of capability derivation on the host: random CNode and Untyped invocations on the kernel's portable
 * half, compared after each one with a model of the manual's rules.
 *
 *   derivation <seed> <steps> [chaos]
 *
 * Exact mode keeps CNode capabilities in the root CNode and predicts the outcome of every call and every parent in the
 * tree. Chaos mode also nests CNodes (cycles too), gives threads CSpaces, and lets other calls happen where one was
 * preempted; there, the structure of the tree and the memory of the objects are checked after each call. */
#include "hosttest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/mdb.c"

enum { ROOT_RADIX = 8, ROOT_SLOTS = 1 << ROOT_RADIX, REGION_BITS = 19, MAX_NODES = 4096 };
enum { SLOT_UNTYPED = 1, SLOT_ROOT = 2, SLOT_THREAD = 3, FIRST_FREE = 4 /* the others stay */ };

static _Alignas(1 << REGION_BITS) char region[1 << REGION_BITS];
static _Alignas(4096) struct slot root_slots[ROOT_SLOTS];
static _Alignas(2048) struct tcb caller;
static word_t *const ipc_buffer = fake_buffers[0];
static bool chaos;
static unsigned long step_number, calls_ok, calls_preempted, objects_made;

#define CHECK(e) ((e) ? (void)0 : check_failed(__LINE__, #e))
static void check_failed(int line, const char *what)
{
    fprintf(stderr, "step %lu, derivation.c:%d: %s\n", step_number, line, what);
    abort();
}

static unsigned below(unsigned n) { return (unsigned)(fake_random() % n); }

/* ---- the real state ---- */

struct node {
    struct slot *at;
    int parent; /* index, -1: a root */
    struct cap cap;
    bool original;
};
struct state {
    struct node node[MAX_NODES];
    int count;
};

/* Reads the tree, checking every link on the way. */
static void read_children(struct state *s, struct slot *parent, int parent_index)
{
    struct slot *first = get_child(parent), *previous = NULL;
    for (struct slot *at = first; at && at != parent; at = get_next(at)) {
        CHECK(s->count < MAX_NODES && !slot_is_empty(at));
        CHECK(has_flag(at, FLAG_FIRST) == (at == first));
        CHECK(at == first || get_prev(at) == previous);
        CHECK(has_flag(at, FLAG_LAST) == (get_next(at) == parent));
        if (has_flag(at, FLAG_LAST))
            CHECK(get_prev(first) == at);
        int index = s->count++;
        s->node[index] = (struct node){at, parent_index, at->cap, has_flag(at, FLAG_ORIGINAL)};
        read_children(s, at, index);
        previous = at;
    }
}

static void read_state(struct state *s)
{
    s->count = 0;
    read_children(s, &root, -1);
}

static int find(const struct state *s, const struct slot *at)
{
    for (int i = 0; i < s->count; i++)
        if (s->node[i].at == at)
            return i;
    return -1;
}

static bool has_children(const struct state *s, int index)
{
    for (int i = 0; i < s->count; i++)
        if (s->node[i].parent == index)
            return true;
    return false;
}

/* Memory of the object that a capability names: 0 bytes when it names none. */
static word_t extent(struct cap cap, char **start)
{
    switch (cap_type(cap)) {
    case CAP_UNTYPED:
        *start = cap_untyped_ptr(cap);
        return BIT(cap_untyped_size_bits(cap));
    case CAP_ENDPOINT:
        *start = cap_endpoint_ptr(cap);
        return BIT(ENDPOINT_BITS);
    case CAP_NOTIFICATION:
        *start = cap_notification_ptr(cap);
        return BIT(NOTIFICATION_BITS);
    case CAP_THREAD:
        *start = cap_thread_ptr(cap);
        return BIT(TCB_BITS);
    case CAP_CNODE:
        *start = (char *)cap_cnode_slots(cap);
        return BIT(cap_cnode_radix(cap) + SLOT_BITS);
    case CAP_ZOMBIE:
        *start = cap_zombie_ptr(cap);
        return cap_zombie_bits(cap) == 63 ? BIT(TCB_BITS) : BIT(cap_zombie_bits(cap) + SLOT_BITS);
    case CAP_FRAME:
        *start = cap_frame_ptr(cap);
        return BIT(SMALL_PAGE_BITS);
    default:
        return 0;
    }
}

/* Every object lies in the used part of its nearest untyped ancestor, siblings' objects are equal or apart, and each
 * slot of the tree lies in the root CNode, the caller or an object that is still there. */
static void check_memory(const struct state *s)
{
    for (int i = 0; i < s->count; i++) {
        char *start, *other, *up;
        word_t bytes = extent(s->node[i].cap, &start);
        int parent = s->node[i].parent;
        if (parent >= 0 && bytes && cap_type(s->node[parent].cap) == CAP_UNTYPED) {
            CHECK(extent(s->node[parent].cap, &up));
            CHECK(start >= up && start + bytes <= up + cap_untyped_watermark(s->node[parent].cap));
        }
        for (int j = i + 1; bytes && j < s->count; j++) {
            word_t other_bytes = extent(s->node[j].cap, &other);
            if (s->node[j].parent != parent || !other_bytes)
                continue;
            CHECK((start == other && bytes == other_bytes) || start + bytes <= other || other + other_bytes <= start);
        }
        bool housed = (s->node[i].at >= root_slots && s->node[i].at < root_slots + ROOT_SLOTS) ||
                      (s->node[i].at >= caller.slots && s->node[i].at < caller.slots + TCB_SLOTS);
        for (int j = 0; !housed && j < s->count; j++) {
            enum cap_type type = cap_type(s->node[j].cap);
            if (type != CAP_CNODE && type != CAP_THREAD && type != CAP_ZOMBIE)
                continue;
            word_t size = extent(s->node[j].cap, &other);
            housed = (char *)s->node[i].at >= other && (char *)s->node[i].at < other + size;
        }
        CHECK(housed);
    }
    /* The list of all threads has those that have a capability, and no other. */
    unsigned threads = 0;
    for (struct tcb *t = all_threads; t; t = t->all_next, threads++) {
        bool named = false;
        for (int i = 0; i < s->count && !named; i++)
            named = cap_type(s->node[i].cap) == CAP_THREAD && cap_thread_ptr(s->node[i].cap) == t;
        CHECK(named && threads < MAX_NODES);
    }
}

/* ---- the model: what the manual says happens to a state ---- */

static bool names_same(struct cap a, struct cap b)
{
    char *pa, *pb;
    word_t size = extent(a, &pa);
    return cap_type(a) == cap_type(b) && size && size == extent(b, &pb) && pa == pb;
}

static void model_remove(struct state *s, int index)
{
    struct node gone = s->node[index];
    s->node[index].at = NULL;
    for (int i = 0; i < s->count; i++)
        if (s->node[i].at && s->node[i].parent == index)
            s->node[i].parent = gone.parent;
    if (cap_type(gone.cap) != CAP_CNODE && cap_type(gone.cap) != CAP_THREAD)
        return;
    for (int i = 0; i < s->count; i++)
        if (s->node[i].at && names_same(s->node[i].cap, gone.cap))
            return;
    char *start;
    word_t size = extent(gone.cap, &start);
    for (int i = 0; i < s->count; i++)
        if (s->node[i].at && (char *)s->node[i].at >= start && (char *)s->node[i].at < start + size)
            model_remove(s, i);
}

static bool model_revoke(struct state *s, int index)
{
    for (int i = 0; i < s->count; i++) {
        if (s->node[i].at && s->node[i].parent == index) {
            model_remove(s, i);
            if (!s->node[index].at)
                return false; /* the slot went away with its CNode: the call ends part way through */
            i = -1;
        }
    }
    return true;
}

static void model_copy(struct state *s, struct slot *dest, int source, struct cap cap)
{
    bool untyped = cap_type(cap) == CAP_UNTYPED;
    bool has_badge = cap_type(cap) == CAP_ENDPOINT || cap_type(cap) == CAP_NOTIFICATION;
    bool badging = has_badge && s->node[source].cap.w[1] != cap.w[1];
    s->node[s->count++] = (struct node){
        .at = dest,
        .parent = s->node[source].original ? source : s->node[source].parent,
        .cap = cap,
        .original = untyped || badging,
    };
}

/* Watermarks are checked by check_memory(), the rest must be equal. */
static bool caps_equal(struct cap a, struct cap b)
{
    return a.w[0] == b.w[0] && (cap_type(a) == CAP_UNTYPED || a.w[1] == b.w[1]);
}

static void compare(const struct state *model, const struct state *real)
{
    int alive = 0;
    for (int i = 0; i < model->count; i++) {
        if (!model->node[i].at)
            continue;
        alive++;
        int r = find(real, model->node[i].at);
        CHECK(r >= 0);
        CHECK(caps_equal(model->node[i].cap, real->node[r].cap));
        CHECK(model->node[i].original == real->node[r].original);
        int mp = model->node[i].parent, rp = real->node[r].parent;
        CHECK((mp < 0) == (rp < 0));
        CHECK(mp < 0 || model->node[mp].at == real->node[rp].at);
    }
    CHECK(alive == real->count);
}

/* ---- calls ---- */

static struct state before, after;

/* A CNode by the root slot that holds a capability to it, and a slot in it. */
struct place {
    unsigned service; /* cptr of the CNode capability */
    unsigned index, radix;
    struct slot *slot;
};

static struct place random_place(bool root_only)
{
    unsigned service = SLOT_ROOT;
    if (!root_only && below(chaos ? 4 : 3) < (chaos ? 3 : 1)) {
        unsigned tries = 16;
        do
            service = below(ROOT_SLOTS);
        while (cap_type(root_slots[service].cap) != CAP_CNODE && --tries);
        if (!tries)
            service = SLOT_ROOT;
    }
    struct cap cap = root_slots[service].cap;
    struct place p = {.service = service, .radix = (unsigned)cap_cnode_radix(cap)};
    p.index = service == SLOT_ROOT ? FIRST_FREE + below(ROOT_SLOTS - FIRST_FREE) : below(1u << p.radix);
    p.slot = cap_cnode_slots(cap) + p.index;
    return p;
}

static struct place occupied_place(void)
{
    struct place p = random_place(false);
    for (int tries = 0; tries < 8 && slot_is_empty(p.slot); tries++)
        p = random_place(false);
    return p;
}

/* Index and depth of a place, as its CNode's guard wants them. */
static word_t depth_of(struct place p) { return p.service == SLOT_ROOT ? 64 : p.radix; }

/* The first one seldom: all others come from it. */
static struct place random_untyped(void)
{
    unsigned index = FIRST_FREE + below(ROOT_SLOTS - FIRST_FREE);
    for (int tries = 0; tries < 32 && cap_type(root_slots[index].cap) != CAP_UNTYPED; tries++)
        index = FIRST_FREE + below(ROOT_SLOTS - FIRST_FREE);
    if (cap_type(root_slots[index].cap) != CAP_UNTYPED || below(12) == 0)
        index = SLOT_UNTYPED;
    return (struct place){SLOT_ROOT, index, ROOT_RADIX, &root_slots[index]};
}

static void chaos_call(void);

static word_t call(unsigned service, word_t label, unsigned extra, const word_t *mr, unsigned length)
{
    static int nested;
    for (;;) {
        caller.ctx.x[0] = service;
        caller.ctx.x[1] = label << 12 | extra << 7 | length;
        for (unsigned i = 0; i < length; i++)
            msg_set(&caller, i, mr[i]);
        caller.ctx.pc = 0x1004;
        handle_syscall(SYS_CALL);
        schedule();
        current_thread = &caller;
        CHECK(caller.state == THREAD_RUNNING);
        if (caller.ctx.pc == 0x1004)
            break;
        calls_preempted++;
        if (chaos && nested < 1 && below(2) == 0) {
            word_t extras[3] = {ipc_buffer[122], ipc_buffer[123], ipc_buffer[124]};
            nested++;
            chaos_call();
            nested--;
            memcpy(&ipc_buffer[122], extras, sizeof extras);
        }
    }
    calls_ok += caller.ctx.x[1] >> 12 == 0;
    return caller.ctx.x[1] >> 12;
}

static void set_extra(unsigned i, unsigned cptr) { ipc_buffer[122 + i] = cptr; }

static bool holds_container_outside_root(struct slot *source, struct place dest)
{
    enum cap_type type = cap_type(source->cap);
    return (type == CAP_CNODE || type == CAP_ZOMBIE) && dest.service != SLOT_ROOT;
}

static struct cap model_cap(word_t label, struct cap cap, word_t rights, word_t data)
{
    if (label == LABEL_CNODE_COPY || label == LABEL_CNODE_MINT)
        cap = cap_with_rights(cap, rights);
    if (label == LABEL_CNODE_MINT || label == LABEL_CNODE_MUTATE)
        cap = cap_with_data(cap, data, label == LABEL_CNODE_MUTATE);
    return cap;
}

static void do_copying(word_t label)
{
    struct place source = occupied_place(), dest = random_place(false);
    if (!chaos && holds_container_outside_root(source.slot, dest))
        return;
    word_t rights = below(16), data = cap_type(source.slot->cap) == CAP_CNODE ? 0 : below(4);
    word_t mr[6] = {dest.index, depth_of(dest), source.index, depth_of(source), rights, data};
    bool moves = label == LABEL_CNODE_MOVE || label == LABEL_CNODE_MUTATE;
    if (label == LABEL_CNODE_MUTATE)
        mr[4] = data;
    bool source_empty = slot_is_empty(source.slot), dest_taken = !slot_is_empty(dest.slot);
    struct cap cap = model_cap(label, source.slot->cap, rights, data);
    int index = source_empty ? -1 : find(&before, source.slot);
    bool busy_untyped = index >= 0 && !moves && cap_type(cap) == CAP_UNTYPED && has_children(&before, index);
    set_extra(0, source.service);
    word_t error = call(dest.service, label, 1, mr, 6);
    if (chaos)
        return;
    word_t expected = dest_taken                    ? ERROR_DELETE_FIRST
                      : source_empty                ? ERROR_FAILED_LOOKUP
                      : busy_untyped                ? ERROR_REVOKE_FIRST
                      : cap_type(cap) == CAP_NULL   ? ERROR_ILLEGAL_OPERATION
                                                    : ERROR_NONE;
    CHECK(error == expected);
    if (error)
        return;
    if (!moves) {
        model_copy(&before, dest.slot, index, cap);
    } else {
        before.node[index].at = dest.slot;
        before.node[index].cap = cap;
    }
}

static void do_rotate(void)
{
    struct place dest = random_place(true), pivot = occupied_place(), source = occupied_place();
    if (pivot.service != SLOT_ROOT || source.service != SLOT_ROOT)
        return;
    if (below(3) == 0)
        dest = source;
    word_t mr[8] = {dest.index, 64, 0, pivot.index, 64, 0, source.index, 64};
    int moving = find(&before, pivot.slot), following = find(&before, source.slot);
    bool taken = dest.slot != source.slot && !slot_is_empty(dest.slot);
    struct cap to_dest = cap_with_data(pivot.slot->cap, 0, true), to_pivot = cap_with_data(source.slot->cap, 0, true);
    bool illegal = cap_type(to_dest) == CAP_NULL || cap_type(to_pivot) == CAP_NULL;
    word_t expected = pivot.slot == source.slot || pivot.slot == dest.slot ? ERROR_ILLEGAL_OPERATION
                      : taken                                             ? ERROR_DELETE_FIRST
                      : moving < 0 || following < 0                       ? ERROR_FAILED_LOOKUP
                      : illegal                                           ? ERROR_ILLEGAL_OPERATION
                                                                          : ERROR_NONE;
    set_extra(0, SLOT_ROOT);
    set_extra(1, SLOT_ROOT);
    word_t error = call(SLOT_ROOT, LABEL_CNODE_ROTATE, 2, mr, 8);
    if (chaos)
        return;
    CHECK(error == expected);
    if (!error) {
        before.node[moving].at = dest.slot;
        before.node[moving].cap = to_dest;
        before.node[following].at = pivot.slot;
        before.node[following].cap = to_pivot;
    }
}

/* False: the outcome is not predicted. */
static bool do_delete(word_t label)
{
    struct place p = random_place(false);
    if (label == LABEL_CNODE_REVOKE && below(2))
        p = random_untyped();
    word_t mr[2] = {p.index, depth_of(p)};
    int index = find(&before, p.slot);
    word_t error = call(p.service, label, 0, mr, 2);
    if (chaos)
        return true;
    /* A revocation may take away the CNode through which it was asked for, and then stops where it was interrupted. */
    CHECK(!error || (label == LABEL_CNODE_REVOKE && cap_type(root_slots[p.service].cap) != CAP_CNODE));
    if (error)
        return false;
    if (index < 0)
        return true;
    if (label == LABEL_CNODE_REVOKE)
        return model_revoke(&before, index);
    model_remove(&before, index);
    return true;
}

static void do_retype(void)
{
    static const struct {
        word_t type, size_bits;
    } kinds[] = {{OBJECT_UNTYPED, 13}, {OBJECT_UNTYPED, 4}, {OBJECT_UNTYPED, 16}, {OBJECT_TCB, 0}, {OBJECT_ENDPOINT, 0},
                 {OBJECT_NOTIFICATION, 0}, {OBJECT_CNODE, 1}, {OBJECT_CNODE, 3}, {FAKE_FRAME_OBJECT, 0}};
    unsigned kind = below(sizeof kinds / sizeof *kinds), count = 1 + below(4);
    if (chaos && below(3) == 0)
        kind = 6 + below(2); /* CNodes, to be nested */
    unsigned untyped = random_untyped().index;
    struct place dest = random_place(!chaos && kinds[kind].type == OBJECT_CNODE);
    word_t mr[6] = {kinds[kind].type, kinds[kind].size_bits, 0, 0, dest.index, count};
    set_extra(0, dest.service);
    int parent = find(&before, &root_slots[untyped]);
    word_t error = call(untyped, LABEL_UNTYPED_RETYPE, 1, mr, 6);
    objects_made += error ? 0 : count;
    if (chaos || error)
        return;
    for (unsigned i = 0; i < count; i++) {
        struct slot *made = dest.slot + i;
        char *start;
        word_t bytes = extent(made->cap, &start);
        for (word_t b = 0; b < bytes; b++)
            CHECK(cap_type(made->cap) == CAP_UNTYPED || cap_type(made->cap) == CAP_THREAD || !start[b]);
        if (cap_type(made->cap) == CAP_FRAME)
            memset(start, 0xa5, bytes);
        before.node[before.count++] = (struct node){made, parent, made->cap, true};
    }
}

/* Gives a random thread a CSpace and an IPC buffer; binds, suspends, resumes. */
static void do_thread(void)
{
    unsigned thread = below(ROOT_SLOTS), cnode = below(ROOT_SLOTS), frame = below(ROOT_SLOTS);
    if (cap_type(root_slots[thread].cap) != CAP_THREAD || thread == SLOT_THREAD)
        return;
    struct tcb *t = cap_thread_ptr(root_slots[thread].cap);
    if (cap_type(root_slots[cnode].cap) == CAP_CNODE && slot_is_empty(&t->slots[TCB_CSPACE]))
        cap_insert(&t->slots[TCB_CSPACE], root_slots[cnode].cap, &root_slots[cnode], false);
    if (cap_type(root_slots[cnode].cap) == CAP_THREAD && slot_is_empty(&t->slots[TCB_VSPACE]))
        cap_insert(&t->slots[TCB_VSPACE], root_slots[cnode].cap, &root_slots[cnode], false);
    word_t buffer = below(2) * 1024;
    set_extra(0, frame);
    call(thread, LABEL_TCB_SET_IPC_BUFFER, 1, &buffer, 1);
}

static bool random_call(void)
{
    static const word_t copying[] = {LABEL_CNODE_COPY, LABEL_CNODE_COPY, LABEL_CNODE_MINT, LABEL_CNODE_MOVE,
                                     LABEL_CNODE_MUTATE};
    unsigned what = below(100);
    if (what < 35)
        return do_copying(copying[below(5)]), true;
    if (what < 40)
        return do_rotate(), true;
    if (what < 53)
        return do_delete(LABEL_CNODE_DELETE);
    if (what < 57)
        return do_delete(LABEL_CNODE_REVOKE);
    if (what < 70 && chaos)
        return do_thread(), true;
    return do_retype(), true;
}

static void chaos_call(void) { random_call(); }

static void set_up(void)
{
    struct cap cap = cap_untyped_set_ptr(cap_of_type(CAP_UNTYPED), region);
    memset(region, 0x5a, sizeof region);
    cap_insert(&root_slots[SLOT_UNTYPED], cap_untyped_set_size_bits(cap, REGION_BITS), NULL, false);
    cap = cap_cnode_set_guard_bits(cap_cnode_make(root_slots, ROOT_RADIX), WORD_BITS - ROOT_RADIX);
    cap_insert(&root_slots[SLOT_ROOT], cap, NULL, false);
    cap_insert(&root_slots[SLOT_THREAD], cap_thread_set_ptr(cap_of_type(CAP_THREAD), &caller), NULL, false);
    cap_insert(&caller.slots[TCB_CSPACE], cap, &root_slots[SLOT_ROOT], false);
    caller.state = THREAD_RUNNING;
    caller.priority = 255;
    thread_init_slice(&caller);
    fake_threads[0] = &caller;
    current_thread = &caller;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: derivation <seed> <steps> [chaos]\n");
        return 2;
    }
    unsigned long steps = strtoul(argv[2], NULL, 0);
    chaos = argc > 3 && strcmp(argv[3], "chaos") == 0;
    fake_seed(strtoull(argv[1], NULL, 0));
    set_up();
    read_state(&before);
    for (step_number = 0; step_number < steps; step_number++) {
        bool predicted = random_call();
        read_state(&after);
        check_memory(&after);
        if (!chaos && predicted)
            compare(&before, &after);
        before = after;
    }
    /* Revoking the one untyped leaves what was there at the start. */
    word_t mr[2] = {SLOT_UNTYPED, 64};
    chaos = false;
    CHECK(call(SLOT_ROOT, LABEL_CNODE_REVOKE, 0, mr, 2) == ERROR_NONE);
    read_state(&after);
    for (int i = 0; i < after.count; i++)
        CHECK(cap_type(after.node[i].cap) == CAP_CNODE || after.node[i].at < root_slots + FIRST_FREE);
    printf("ok %lu steps, %lu calls succeeded, %lu preemptions, %lu objects\n", steps, calls_ok, calls_preempted,
           objects_made);
    return 0;
}
