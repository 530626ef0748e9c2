/* SPDX-License-Identifier: Apache-2.0 */
/* What ipc.c needs from the start code of the component. */
#pragma once

#include <stdint.h>

/* Word that holds the slot of the endpoint during a call, 0 outside calls. */
extern volatile uint64_t *const machine_in_call;
