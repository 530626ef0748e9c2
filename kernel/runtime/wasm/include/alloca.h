/* SPDX-License-Identifier: Apache-2.0 */
/* wasm2c's output includes this for tail calls, which are not enabled. */
#pragma once
