/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Just enough of the flattened device tree: find it, validate its header, walk it for what the loader must know of the
 * machine (where RAM is, which interrupt controller), and copy it trimmed. A tree is not trusted: every offset is
 * checked against the header's total size, and a walk that runs off the structure block halts with a message.
 *
 *   header (40 bytes, big-endian words) | reserved-memory map | structure block: tokens | strings block
 */
#include "loader.h"

#define FDT_MAGIC 0xd00dfeedu
#define FDT_VERSION 17u
#define FDT_HEADER_BYTES 40u
#define FDT_BYTES_MAX BLOCK_BYTES

enum header_word {
    MAGIC,
    TOTAL,
    STRUCT_AT,
    STRINGS_AT,
    RESERVED_AT,
    VERSION,
    COMPATIBLE,
    BOOT_CPU,
    STRINGS_BYTES,
    STRUCT_BYTES,
};
enum token { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4, END = 9 };

struct property {
    const char *name;
    const uint8_t *value;
    uint32_t bytes;
};

struct walk {
    const uint8_t *at, *end;
    const char *strings;
    uint32_t strings_bytes;
    unsigned depth;
};

/* What one pass finds out. A `reg` may come before its `device_type`, so both are held to the node's end. */
struct machine {
    uint32_t address_cells, size_cells; /* the root's */
    struct property reg;
    bool node_is_memory;
    bool ram_found, ram_fits;
    uint64_t ram_start, ram_end; /* the region that holds, or comes nearest to, what the kernel wants */
    uint64_t gic_version;        /* 0 when none is known */
};

static uint32_t word_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t header(const uint8_t *tree, enum header_word word)
{
    return word_at(tree + 4 * word);
}

static bool block_inside(const uint8_t *tree, enum header_word offset, uint64_t bytes)
{
    return header(tree, offset) >= FDT_HEADER_BYTES && header(tree, offset) + bytes <= header(tree, TOTAL);
}

static bool header_valid(const uint8_t *tree)
{
    return header(tree, MAGIC) == FDT_MAGIC && header(tree, VERSION) >= FDT_VERSION &&
           header(tree, COMPATIBLE) <= FDT_VERSION && header(tree, TOTAL) <= FDT_BYTES_MAX &&
           header(tree, STRUCT_AT) % 4 == 0 && block_inside(tree, STRUCT_AT, header(tree, STRUCT_BYTES)) &&
           block_inside(tree, STRINGS_AT, header(tree, STRINGS_BYTES)) && block_inside(tree, RESERVED_AT, 16);
}

/* QEMU hands over a tree of a megabyte that is nearly all slack: count what the blocks really reach. */
static uint64_t used_bytes(const uint8_t *tree)
{
    uint64_t structure_end = (uint64_t)header(tree, STRUCT_AT) + header(tree, STRUCT_BYTES);
    uint64_t strings_end = (uint64_t)header(tree, STRINGS_AT) + header(tree, STRINGS_BYTES);
    uint64_t end = structure_end > strings_end ? structure_end : strings_end;
    return (end + 7) & ~7ul;
}

static bool could_hold_tree(const struct payload *p, uint64_t at)
{
    return at % 8 == 0 && at >= p->ram_start && at <= p->ram_end - FDT_BYTES_MAX;
}

struct device_tree fdt_find(const struct payload *p, uint64_t hint)
{
    uint64_t candidates[2] = {hint, p->ram_start};
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *tree = (const uint8_t *)candidates[i];
        if (!could_hold_tree(p, candidates[i]) || header(tree, MAGIC) != FDT_MAGIC) {
            continue;
        }
        if (!header_valid(tree)) {
            fail_at("the device tree has a damaged header: ", candidates[i]);
        }
        uint64_t bytes = used_bytes(tree);
        return (struct device_tree){tree, bytes < header(tree, TOTAL) ? bytes : header(tree, TOTAL)};
    }
    fail_at("no device tree, neither where x0 points nor at the start of RAM: ", p->ram_start);
}

static bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static const uint8_t *take(struct walk *w, uint64_t bytes)
{
    uint64_t padded = (bytes + 3) & ~3ul;
    if (padded > (uint64_t)(w->end - w->at)) {
        fail("the device tree ends in the middle of a node");
    }
    const uint8_t *taken = w->at;
    w->at += padded;
    return taken;
}

static const char *take_name(struct walk *w)
{
    const uint8_t *name = w->at;
    uint64_t length = 0;
    while (name + length < w->end && name[length]) {
        length++;
    }
    take(w, length + 1);
    return (const char *)name;
}

static struct property take_property(struct walk *w)
{
    const uint8_t *head = take(w, 8);
    uint32_t bytes = word_at(head), name = word_at(head + 4);
    if (name >= w->strings_bytes || w->strings[w->strings_bytes - 1] != 0) {
        fail("the device tree names a property outside its strings");
    }
    return (struct property){w->strings + name, take(w, bytes), bytes};
}

static bool lists(const struct property *list, const char *wanted)
{
    if (list->bytes == 0 || list->value[list->bytes - 1] != 0) {
        return false;
    }
    for (uint32_t at = 0; at < list->bytes; at++) {
        if ((at == 0 || list->value[at - 1] == 0) && same_text((const char *)list->value + at, wanted)) {
            return true;
        }
    }
    return false;
}

static void note_property(struct machine *m, const struct property *prop, unsigned depth)
{
    if (depth == 1 && prop->bytes == 4 && same_text(prop->name, "#address-cells")) {
        m->address_cells = word_at(prop->value);
    } else if (depth == 1 && prop->bytes == 4 && same_text(prop->name, "#size-cells")) {
        m->size_cells = word_at(prop->value);
    } else if (depth == 2 && same_text(prop->name, "reg")) {
        m->reg = *prop;
    } else if (depth == 2 && same_text(prop->name, "device_type")) {
        m->node_is_memory = lists(prop, "memory");
    } else if (same_text(prop->name, "compatible")) {
        if (lists(prop, "arm,gic-v3")) {
            m->gic_version = 3;
        } else if (lists(prop, "arm,cortex-a15-gic") || lists(prop, "arm,gic-400")) {
            m->gic_version = 2;
        }
    }
}

static uint64_t cells_at(const uint8_t *at, uint32_t cells)
{
    return cells == 2 ? (uint64_t)word_at(at) << 32 | word_at(at + 4) : word_at(at);
}

static void note_memory(struct machine *m, const struct payload *p)
{
    uint32_t entry_bytes = 4 * (m->address_cells + m->size_cells);
    for (uint32_t at = 0; at + entry_bytes <= m->reg.bytes; at += entry_bytes) {
        uint64_t start = cells_at(m->reg.value + at, m->address_cells);
        uint64_t end = start + cells_at(m->reg.value + at + 4 * m->address_cells, m->size_cells);
        bool fits = start <= p->ram_start && end >= p->ram_end;
        if (!m->ram_found || fits || (start <= p->ram_start && end > p->ram_start)) {
            m->ram_start = start;
            m->ram_end = end;
        }
        m->ram_found = true;
        m->ram_fits |= fits;
    }
}

static void walk_tree(const struct device_tree *tree, struct machine *m, const struct payload *p)
{
    struct walk w = {.at = tree->base + header(tree->base, STRUCT_AT),
                     .strings = (const char *)tree->base + header(tree->base, STRINGS_AT),
                     .strings_bytes = header(tree->base, STRINGS_BYTES)};
    w.end = w.at + header(tree->base, STRUCT_BYTES);
    for (;;) {
        switch (word_at(take(&w, 4))) {
        case BEGIN_NODE:
            take_name(&w);
            w.depth++;
            if (w.depth <= 2) {
                m->reg = (struct property){0};
                m->node_is_memory = false;
            }
            break;
        case END_NODE:
            if (w.depth == 2 && m->node_is_memory && m->address_cells - 1 < 2 && m->size_cells - 1 < 2) {
                note_memory(m, p);
            }
            w.depth--;
            break;
        case PROPERTY: {
            struct property prop = take_property(&w);
            note_property(m, &prop, w.depth);
            break;
        }
        case NOP:
            break;
        case END:
            return;
        default:
            fail("the device tree holds an unknown token");
        }
    }
}

void fdt_check_machine(const struct device_tree *tree, const struct payload *p)
{
    struct machine m = {.address_cells = 2, .size_cells = 1};
    walk_tree(tree, &m, p);
    if (!m.ram_found) {
        fail("the device tree describes no memory");
    }
    if (!m.ram_fits) {
        put_text("cohesix loader: error: RAM is ");
        put_hex(m.ram_start);
        put_text("..");
        put_hex(m.ram_end);
        put_text(" but the kernel was built for ");
        put_hex(p->ram_start);
        put_text("..");
        put_hex(p->ram_end);
        put_text("; give the machine at least ");
        put_decimal((p->ram_end - p->ram_start) >> 20);
        put_text(" MiB (QEMU: -m)\n");
        park();
    }
    if (p->gic_version != 0 && m.gic_version != 0 && m.gic_version != p->gic_version) {
        put_text("cohesix loader: error: the machine has a GICv");
        put_decimal(m.gic_version);
        put_text(" but the kernel was built for GICv");
        put_decimal(p->gic_version);
        put_text(" (QEMU: -M virt,gic-version=)\n");
        park();
    }
}

struct device_tree fdt_move(const struct device_tree *tree, const struct payload *p)
{
    uint8_t *copy = (uint8_t *)p->dtb_destination;
    payload_check_dtb(p, tree->bytes);
    move_bytes(copy, tree->base, tree->bytes);
    for (unsigned i = 0; i < 4; i++) {
        copy[4 * TOTAL + i] = (uint8_t)(tree->bytes >> (24 - 8 * i));
    }
    return (struct device_tree){copy, tree->bytes};
}
