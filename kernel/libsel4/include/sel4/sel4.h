/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of libsel4's C interface that this project uses, under libsel4's own names and types, so that the same
 * sources compile against the headers of an installed seL4 tree. Header-only: the program defines __sel4_ipc_buffer.
 * Debug calls appear only with CONFIG_PRINTING and CONFIG_DEBUG_BUILD, since a release kernel has none.
 */
#pragma once

#include <sel4/arm.h>
#include <sel4/bootinfo.h>
#include <sel4/cnode.h>
#include <sel4/irq.h>
#include <sel4/tcb.h>
