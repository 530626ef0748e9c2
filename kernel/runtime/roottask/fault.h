/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root task's fault thread: it waits on the fault endpoint of the thread that runs the component, says what
 * happened and where in the source, and resets the machine. It lives in the root task's own address space because
 * nobody stands above the root task.
 */
#pragma once

#include <stdint.h>

/* Makes the endpoint and the thread, and registers the endpoint as the first thread's fault handler. */
void fault_thread_start(void);
/* The device region of the PL011 to report on; until then faults reset the machine in silence. */
void fault_console_set(uint32_t region);
