/* SPDX-License-Identifier: Apache-2.0 */
/* How an invocation fails: one error record, filled in by the function for its kind. The reply layouts are those of
 * the ABI's error table. */
#include "portable.h"

struct error current_error;

static status_t fail_words(word_t code, word_t count, word_t a, word_t b)
{
    current_error.code = code;
    current_error.words = count;
    current_error.word[0] = a;
    current_error.word[1] = b;
    return code;
}

status_t fail(word_t code) { return fail_words(code, 0, 0, 0); }
status_t fail_argument(word_t index) { return fail_words(ERROR_INVALID_ARGUMENT, 1, index, 0); }
status_t fail_capability(word_t index) { return fail_words(ERROR_INVALID_CAPABILITY, 1, index, 0); }
status_t fail_range(word_t min, word_t max) { return fail_words(ERROR_RANGE, 2, min, max); }

/* Words after the failure type, by type. */
static const word_t lookup_words[] = {
    [LOOKUP_INVALID_ROOT] = 0,
    [LOOKUP_MISSING_CAP] = 1,
    [LOOKUP_DEPTH_MISMATCH] = 2,
    [LOOKUP_GUARD_MISMATCH] = 3,
};

status_t fail_lookup(bool was_source, word_t type, word_t a, word_t b, word_t c)
{
    fail_words(ERROR_FAILED_LOOKUP, 2 + lookup_words[type], was_source, type);
    current_error.word[2] = a;
    current_error.word[3] = b;
    current_error.word[4] = c;
    return ERROR_FAILED_LOOKUP;
}

void fault_set_lookup(struct cap_fault_words w)
{
    struct fault *f = &current_error.fault;
    current_error.code = STATUS_FAULT;
    current_error.words = 0;
    *f = (struct fault){.type = FAULT_CAP, .length = 4 + lookup_words[w.type]};
    f->word[3] = w.type;
    f->word[4] = w.a;
    f->word[5] = w.b;
    f->word[6] = w.c;
}
