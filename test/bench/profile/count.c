/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin for QEMU's translator: how often each piece of guest code ran. The counts lie in a file that the measuring program maps, so that
 * it reads them while the guest runs (profile.ts). Written against version 1 of the plugin interface, which is declared here: QEMU's
 * header is not packaged everywhere, and neither are those of the host's C library needed.
 *
 *   +0   u64 entries in use
 *   +64  entries of 64 bytes:  u64 executions · u64 address · u32 instructions · u32 bytes of code · 40 bytes of code
 *
 * An entry is a translated block; a block that is left early, by a fault or an interrupt, counts whole.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

struct tb;
struct insn;
u64 qemu_plugin_tb_n_insns(const struct tb *);
u64 qemu_plugin_tb_vaddr(const struct tb *);
struct insn *qemu_plugin_tb_get_insn(const struct tb *, u64);
const void *qemu_plugin_insn_data(const struct insn *);
void qemu_plugin_register_vcpu_tb_trans_cb(u64, void (*)(u64, struct tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct tb *, int, void *, u64);

int open(const char *, int, ...);
int ftruncate(int, long);
void *mmap(void *, u64, int, int, int, long);

#define EXPORT __attribute__((visibility("default")))
enum { ENTRIES = 1 << 18, ENTRY_CODE = 40, SLOTS = 1 << 19, INLINE_ADD = 0, O_RDWR_ = 2, PROT_RW = 3, SHARED = 1 };

struct entry {
    u64 executions;
    u64 address;
    u32 instructions;
    u32 code_bytes;
    u8 code[ENTRY_CODE];
};

struct table {
    u64 used;
    u8 unused[56];
    struct entry entries[ENTRIES];
};

EXPORT int qemu_plugin_version = 1;

static struct table *table;
/* Entry number + 1 by hash; a block that is translated again keeps its entry. */
static u32 slots[SLOTS];

static int same(const struct entry *e, u64 address, u32 instructions, const u8 *code, u32 bytes) {
    if (e->address != address || e->instructions != instructions) return 0;
    for (u32 i = 0; i < bytes; i++)
        if (e->code[i] != code[i]) return 0;
    return 1;
}

static struct entry *entry_of(u64 address, u32 instructions, const u8 *code, u32 bytes) {
    u64 hash = address * 0x9e3779b97f4a7c15UL + instructions;
    for (u32 i = 0; i < bytes; i++) hash = (hash ^ code[i]) * 0x100000001b3UL;
    for (u32 at = (u32)(hash >> 32) % SLOTS;; at = (at + 1) % SLOTS) {
        if (slots[at] == 0) {
            if (table->used == ENTRIES) return 0;
            struct entry *e = &table->entries[table->used];
            slots[at] = (u32)++table->used;
            e->address = address;
            e->instructions = instructions;
            e->code_bytes = bytes;
            for (u32 i = 0; i < bytes; i++) e->code[i] = code[i];
            return e;
        }
        struct entry *e = &table->entries[slots[at] - 1];
        if (same(e, address, instructions, code, bytes)) return e;
    }
}

static void translated(u64 id, struct tb *tb) {
    u8 code[ENTRY_CODE];
    u32 instructions = (u32)qemu_plugin_tb_n_insns(tb);
    u32 count = instructions < ENTRY_CODE / 4 ? instructions : ENTRY_CODE / 4;
    (void)id;
    for (u32 i = 0; i < count; i++) {
        const u8 *data = qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i));
        for (u32 n = 0; n < 4; n++) code[4 * i + n] = data[n];
    }
    struct entry *e = entry_of(qemu_plugin_tb_vaddr(tb), instructions, code, 4 * count);
    if (e != 0) qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD, &e->executions, 1);
}

/* The file, argument out=, exists: the measuring program has made it. */
EXPORT int qemu_plugin_install(u64 id, const void *info, int argc, char **argv) {
    (void)info;
    if (argc != 1 || argv[0][0] != 'o' || argv[0][3] != '=') return -1;
    int file = open(argv[0] + 4, O_RDWR_);
    if (file < 0 || ftruncate(file, sizeof(struct table)) != 0) return -1;
    table = mmap(0, sizeof(struct table), PROT_RW, SHARED, file, 0);
    if ((long)table == -1) return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
