/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded reader of flattened device trees. The blob comes from outside: every offset is checked before it is
 * followed, the walk is one pass over the structure block, and the depth is limited. A blob that breaks a rule is
 * refused with the reason. */

#include "arch.h"

enum { FDT_MAGIC = 0xd00dfeed, FDT_BEGIN_NODE = 1, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END = 9 };
enum { HEADER_BYTES = 40, MAX_NAME = 256 };
enum { DEFAULT_ADDRESS_CELLS = 2, DEFAULT_SIZE_CELLS = 1, MAX_CELLS = 4 };

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t read64(const uint8_t *p)
{
    return (uint64_t)read32(p) << 32 | read32(p + 4);
}

static bool inside(const struct fdt_blob *blob, uint32_t offset, uint32_t bytes)
{
    return offset <= blob->total && bytes <= blob->total - offset;
}

static uint32_t max32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

const char *fdt_open(struct fdt_blob *blob, const void *dtb, word_t bytes)
{
    const uint8_t *p = dtb;
    if (bytes < HEADER_BYTES || ((word_t)dtb & 3)) {
        return "too short or misaligned";
    }
    if (read32(p) != FDT_MAGIC) {
        return "no device tree magic";
    }
    blob->base = p;
    blob->total = read32(p + 4);
    if (blob->total < HEADER_BYTES || blob->total > bytes) {
        return "its total size exceeds what the loader passed";
    }
    if (read32(p + 20) < 17 || read32(p + 24) > 17) {
        return "unsupported version";
    }
    blob->structs = read32(p + 8);
    blob->strings = read32(p + 12);
    blob->reservations = read32(p + 16);
    blob->strings_size = read32(p + 32);
    blob->structs_size = read32(p + 36);
    if (!inside(blob, blob->structs, blob->structs_size) || (blob->structs & 3)) {
        return "the structure block is outside";
    }
    if (!inside(blob, blob->strings, blob->strings_size)) {
        return "the strings block is outside";
    }
    if ((blob->reservations & 7) || !inside(blob, blob->reservations, 16)) {
        return "the reservation block is outside";
    }
    blob->used = max32(HEADER_BYTES, blob->structs + blob->structs_size);
    blob->used = max32(blob->used, blob->strings + blob->strings_size);
    struct range r;
    uint32_t n = 0;
    while (fdt_reservation(blob, n, &r)) {
        n++;
    }
    uint32_t reservations_end = blob->reservations + 16 * (n + 1);
    if (!inside(blob, reservations_end, 0)) {
        return "the reservation block has no end";
    }
    blob->used = max32(blob->used, reservations_end);
    return NULL;
}

bool fdt_reservation(const struct fdt_blob *blob, uint32_t index, struct range *out)
{
    uint64_t offset = blob->reservations + (uint64_t)index * 16;
    if (offset + 16 > blob->total) {
        return false;
    }
    uint64_t start = read64(blob->base + offset), size = read64(blob->base + offset + 8);
    if (!start && !size) {
        return false;
    }
    out->start = start;
    out->end = start + size < start ? ~0ull : start + size;
    return true;
}

/* ---- The walk ---- */

struct scan {
    const struct fdt_blob *blob;
    uint32_t at, end; /* in the structure block, offsets from base */
    uint32_t address_cells[FDT_MAX_DEPTH + 1], size_cells[FDT_MAX_DEPTH + 1];
    struct fdt_node node;
    bool node_open; /* its properties are still being collected */
};

/* The property's name as a bounded string, bytes including its NUL; 0 if it runs out of the strings block. */
static struct fdt_property property_name(const struct fdt_blob *blob, uint32_t offset)
{
    struct fdt_property none = {NULL, 0};
    if (offset >= blob->strings_size) {
        return none;
    }
    const uint8_t *s = blob->base + blob->strings + offset;
    uint32_t limit = blob->strings_size - offset;
    for (uint32_t i = 0; i < limit && i < MAX_NAME; i++) {
        if (!s[i]) {
            return (struct fdt_property){s, i + 1};
        }
    }
    return none;
}

static const char *take_property(struct scan *s)
{
    if (s->end - s->at < 8) {
        return "a property is cut off";
    }
    uint32_t bytes = read32(s->blob->base + s->at);
    struct fdt_property name = property_name(s->blob, read32(s->blob->base + s->at + 4));
    s->at += 8;
    if (bytes > s->end - s->at || ROUND_UP((uint64_t)bytes, 4) > s->end - s->at) {
        return "a property's value is cut off";
    }
    if (!name.data) {
        return "a property's name is outside the strings block";
    }
    if (!s->node_open) {
        return "a property follows a child node, or stands outside a node";
    }
    struct fdt_property value = {s->blob->base + s->at, bytes};
    struct fdt_node *n = &s->node;
    s->at += (uint32_t)ROUND_UP(bytes, 4);
    if (fdt_equals(name, "#address-cells")) {
        s->address_cells[n->depth] = fdt_cell(value, 0);
    } else if (fdt_equals(name, "#size-cells")) {
        s->size_cells[n->depth] = fdt_cell(value, 0);
    } else if (fdt_equals(name, "compatible")) {
        n->compatible = value;
    } else if (fdt_equals(name, "reg")) {
        n->reg = value;
    } else if (fdt_equals(name, "interrupts")) {
        n->interrupts = value;
    } else if (fdt_equals(name, "device_type")) {
        n->device_type = value;
    } else if (fdt_equals(name, "method")) {
        n->method = value;
    } else if (fdt_equals(name, "status")) {
        n->status = value;
    }
    return NULL;
}

static const char *take_node_name(struct scan *s, uint32_t depth)
{
    const uint8_t *name = s->blob->base + s->at;
    uint32_t limit = s->end - s->at, length = 0;
    while (length < limit && length < MAX_NAME && name[length]) {
        length++;
    }
    if (length == limit || length == MAX_NAME) {
        return "a node's name has no end";
    }
    uint64_t padded = ROUND_UP((uint64_t)length + 1, 4);
    if (padded > limit) {
        return "a node's name is cut off";
    }
    s->at += (uint32_t)padded;
    s->node = (struct fdt_node){.name = (const char *)name, .depth = depth};
    s->node.address_cells = depth ? s->address_cells[depth - 1] : DEFAULT_ADDRESS_CELLS;
    s->node.size_cells = depth ? s->size_cells[depth - 1] : DEFAULT_SIZE_CELLS;
    s->address_cells[depth] = DEFAULT_ADDRESS_CELLS;
    s->size_cells[depth] = DEFAULT_SIZE_CELLS;
    s->node_open = true;
    return NULL;
}

const char *fdt_for_each_node(const struct fdt_blob *blob, void (*visit)(const struct fdt_node *))
{
    struct scan s = {.blob = blob, .at = blob->structs, .end = blob->structs + blob->structs_size};
    uint32_t depth = 0; /* open nodes */
    while (s.end - s.at >= 4) {
        uint32_t token = read32(blob->base + s.at);
        const char *why = NULL;
        s.at += 4;
        if (s.node_open && (token == FDT_BEGIN_NODE || token == FDT_END_NODE)) {
            visit(&s.node);
            s.node_open = false;
        }
        switch (token) {
        case FDT_BEGIN_NODE:
            if (depth > FDT_MAX_DEPTH) {
                return "nodes are nested too deep";
            }
            why = take_node_name(&s, depth++);
            break;
        case FDT_END_NODE:
            if (!depth) {
                return "a node ends that did not begin";
            }
            depth--;
            break;
        case FDT_PROP:
            why = take_property(&s);
            break;
        case FDT_NOP:
            break;
        case FDT_END:
            return depth ? "it ends inside a node" : NULL;
        default:
            return "unknown token";
        }
        if (why) {
            return why;
        }
    }
    return "the structure block has no end";
}

/* ---- Values ---- */

bool fdt_equals(struct fdt_property p, const char *text)
{
    for (uint32_t i = 0; i < p.bytes; i++) {
        if (p.data[i] != (uint8_t)text[i]) {
            return false;
        }
        if (!text[i]) {
            return true;
        }
    }
    return false;
}

/* A compatible property is a list of strings. */
bool fdt_is_compatible(struct fdt_property p, const char *name)
{
    uint32_t start = 0;
    for (uint32_t i = 0; i < p.bytes; i++) {
        if (!p.data[i]) {
            if (fdt_equals((struct fdt_property){p.data + start, i + 1 - start}, name)) {
                return true;
            }
            start = i + 1;
        }
    }
    return false;
}

uint32_t fdt_cell(struct fdt_property p, uint32_t index)
{
    return p.bytes / 4 > index ? read32(p.data + index * 4) : 0;
}

bool fdt_reg(const struct fdt_node *node, uint32_t index, struct range *out)
{
    uint32_t a = node->address_cells, n = node->size_cells;
    if (!a || a > MAX_CELLS || n > MAX_CELLS) {
        return false;
    }
    uint64_t first = (uint64_t)index * (a + n);
    if ((first + a + n) * 4 > node->reg.bytes) {
        return false;
    }
    uint64_t start = 0, size = 0;
    for (uint32_t i = 0; i < a; i++) {
        start = start << 32 | fdt_cell(node->reg, (uint32_t)first + i);
    }
    for (uint32_t i = 0; i < n; i++) {
        size = size << 32 | fdt_cell(node->reg, (uint32_t)first + a + i);
    }
    if (start + size < start) {
        return false;
    }
    *out = (struct range){start, start + size};
    return true;
}
