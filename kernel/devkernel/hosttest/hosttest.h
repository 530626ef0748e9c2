/* What the host test's files share. */
#pragma once

#include "../src/portable.h"

enum { FAKE_FRAME_OBJECT = 7 };

extern word_t fake_ipc_buffer[128];
void fake_seed(uint64_t seed);
uint64_t fake_random(void);
