/* SPDX-License-Identifier: Apache-2.0 */
/* The thread queues of endpoints and notifications: doubly linked through the threads, first in first out.
 *
 *   head_and_state   63            16 15   0        tail   63        0
 *                    [ first thread  | state ]             [ thread  ]
 */
#include "portable.h"

static void set_head(word_t *head_and_state, struct tcb *t, word_t state)
{
    *head_and_state = (word_t)t << 16 | state;
}

void queue_append(word_t *head_and_state, word_t *tail, word_t state, struct tcb *t)
{
    struct tcb *last = (struct tcb *)*tail;
    t->queue_next = NULL;
    t->queue_prev = last;
    if (last)
        last->queue_next = t;
    set_head(head_and_state, last ? queue_head(*head_and_state) : t, state);
    *tail = (word_t)t;
}

void queue_remove(word_t *head_and_state, word_t *tail, struct tcb *t)
{
    struct tcb *head = queue_head(*head_and_state);
    word_t state = queue_state(*head_and_state);
    if (t->queue_prev)
        t->queue_prev->queue_next = t->queue_next;
    else
        head = t->queue_next;
    if (t->queue_next)
        t->queue_next->queue_prev = t->queue_prev;
    else
        *tail = (word_t)t->queue_prev;
    t->queue_prev = t->queue_next = NULL;
    set_head(head_and_state, head, head ? state : 0);
}
