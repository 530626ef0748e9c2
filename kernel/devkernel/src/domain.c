/* SPDX-License-Identifier: Apache-2.0 */
/* Domains. The kernel is built with one domain; the schedule can be configured as the manual says, but all of its
 * entries are that domain's, so it never changes which thread runs. */
#include "portable.h"

enum { NUM_DOMAINS = 1, SCHEDULE_ENTRIES = 2, DURATION_BITS = 56 };

static word_t durations[SCHEDULE_ENTRIES] = {MASK(DURATION_BITS)}; /* 0: end marker */
static word_t start_index;

static status_t set_domain(struct invocation *inv)
{
    if (inv->length < 1)
        return fail(ERROR_TRUNCATED_MESSAGE);
    if (msg_get(current_thread, 0) >= NUM_DOMAINS)
        return fail_argument(0);
    if (!inv->extra[0])
        return fail(ERROR_TRUNCATED_MESSAGE);
    return cap_type(inv->extra[0]->cap) == CAP_THREAD ? STATUS_OK : fail_argument(1);
}

static status_t configure_schedule(struct invocation *inv)
{
    if (inv->length < 3)
        return fail(ERROR_TRUNCATED_MESSAGE);
    word_t index = msg_get(current_thread, 0), domain = msg_get(current_thread, 1);
    word_t duration = msg_get(current_thread, 2);
    /* Genuine seL4 answers with the domains' range in both cases. */
    if (domain >= NUM_DOMAINS || index >= SCHEDULE_ENTRIES)
        return fail_range(0, NUM_DOMAINS - 1);
    if (duration > MASK(DURATION_BITS) || (duration == 0 && index == start_index))
        return fail_argument(2); /* the schedule cannot start with an end marker */
    durations[index] = duration;
    return STATUS_OK;
}

static status_t set_schedule_start(struct invocation *inv)
{
    if (inv->length < 1)
        return fail(ERROR_TRUNCATED_MESSAGE);
    word_t index = msg_get(current_thread, 0);
    if (index >= SCHEDULE_ENTRIES)
        return fail_range(0, SCHEDULE_ENTRIES - 1);
    if (durations[index] == 0)
        return fail_argument(0);
    start_index = index;
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
