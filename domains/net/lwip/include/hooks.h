/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of ours that lwIP calls. */
#pragma once

#include "lwip/ip_addr.h"

u32_t stack_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port);
