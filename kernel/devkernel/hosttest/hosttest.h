/* SPDX-License-Identifier: Apache-2.0 */
/* What the host test's files share. */
#pragma once

#include "../src/portable.h"

enum { FAKE_FRAME_OBJECT = 7, FAKE_THREADS = 6 };

/* The threads that have an IPC buffer. */
extern struct tcb *fake_threads[FAKE_THREADS];
extern word_t fake_buffers[FAKE_THREADS][128];
void fake_seed(uint64_t seed);
uint64_t fake_random(void);
