/* What sockets.c and the files that make connections of their own share. */
#pragma once

#include "stack.h"

#include "lwip/tcp.h"

/* A connection slot for a PCB that is about to connect; -1: all are in use. */
int32_t socket_adopt(struct tcp_pcb *pcb);
