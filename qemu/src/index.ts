// SPDX-License-Identifier: Apache-2.0
// What `qemu-wasm-runner` offers to programs: machines, conversations with their consoles, boot tests, measurements.
export { MachineError, QEMU_CODES, renderError } from './errors.ts';
export { Conversation, DEFAULT_WITHIN_MS, type Guest, type Origin } from './expect.ts';
export { parseScript, runScript, runScriptFile, type Step } from './expect-script.ts';
export { logDirectory, withMachine, type HarnessOptions, type Running } from './harness.ts';
export { findQemu, QEMU_MINIMUM, type Tool } from './install.ts';
export {
  DEFAULT_OUTPUT_LIMIT,
  DEFAULT_TIMEOUT_MS,
  Machine,
  type EndKind,
  type MachineEnd,
  type StartOptions,
} from './machine.ts';
export {
  bench,
  COUNTER_HZ,
  cpuPercent,
  ICOUNT_SHIFT_EXACT,
  median,
  ticksToInstructions,
  timeToPattern,
  type BenchOptions,
  type BenchResult,
  type BootTime,
} from './measure.ts';
export { machineFile, planNetwork, type GuestNetwork, type MachineFile, type NetworkChoice } from './network.ts';
export {
  machineArguments,
  MACHINE_DEFAULTS,
  QEMU_COMMAND,
  shellCommand,
  type Forward,
  type MachineOptions,
  type NetOptions,
  type Subnet,
} from './options.ts';
export { chooseHostPort, freePort, portIsFree } from './ports.ts';
