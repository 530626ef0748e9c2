/* Domains. The kernel is built with one domain and a schedule of one entry that never ends, so these invocations check
 * their arguments as the manual says and what passes is what holds already. */
#include "portable.h"

enum { NUM_DOMAINS = 1, NUM_SCHEDULE_ENTRIES = 1, DURATION_BITS = 56 };

static status_t set_domain(struct invocation *inv)
{
    if (inv->length < 1 || !inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    if ((msg_get(current_thread, 0) & MASK(8)) >= NUM_DOMAINS)
        return fail_argument(0);
    if (cap_type(inv->extra[0]->cap) != CAP_THREAD)
        return fail_argument(1);
    return STATUS_OK;
}

static status_t configure_schedule(struct invocation *inv)
{
    if (inv->length < 3)
        return fail(ERROR_TRUNCATED_MESSAGE);
    word_t index = msg_get(current_thread, 0), domain = msg_get(current_thread, 1) & MASK(8);
    word_t duration = msg_get(current_thread, 2);
    if (index >= NUM_SCHEDULE_ENTRIES)
        return fail_range(0, NUM_SCHEDULE_ENTRIES - 1);
    if (domain >= NUM_DOMAINS)
        return fail_range(0, NUM_DOMAINS - 1);
    if (duration == 0 || duration > MASK(DURATION_BITS))
        return fail_argument(2); /* entry 0 is where the schedule starts: it cannot be an end marker */
    return STATUS_OK;
}

static status_t set_schedule_start(struct invocation *inv)
{
    if (inv->length < 1)
        return fail(ERROR_TRUNCATED_MESSAGE);
    if (msg_get(current_thread, 0) >= NUM_SCHEDULE_ENTRIES)
        return fail_range(0, NUM_SCHEDULE_ENTRIES - 1);
    return STATUS_OK;
}

status_t decode_domain(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_DOMAIN_SET:
        return set_domain(inv);
    case LABEL_DOMAIN_SCHEDULE_CONFIGURE:
        return configure_schedule(inv);
    case LABEL_DOMAIN_SCHEDULE_SET_START:
        return set_schedule_start(inv);
    default:
        return fail(ERROR_ILLEGAL_OPERATION);
    }
}
