// SPDX-License-Identifier: Apache-2.0
// The command `qemu-wasm-runner` itself: exit code set, not forced, so that what is still on its way to a pipe gets there.
import { main } from './boot.ts';

process.exitCode = await main(process.argv.slice(2));
