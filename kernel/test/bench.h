/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The benchmark entry, for main.c.
 */
#pragma once

void run_benchmarks(void);
