/*
 * The benchmark entry, for main.c.
 */
#pragma once

void run_benchmarks(void);
