/* SPDX-License-Identifier: Apache-2.0 */
/* wasm2c's output asserts only that the runtime is initialised, which is known at compile time here. */
#pragma once

#define assert(condition) ((void)(condition))
#undef static_assert
#define static_assert _Static_assert
