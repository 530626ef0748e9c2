// SPDX-License-Identifier: Apache-2.0
/** All commands: the table from which lines are run, completed and explained. */
import type { Command } from './command.ts';
import { bind, kill, mount, spawn } from './control.ts';
import { cat, echo, log, ls } from './files.ts';
import { helpCommand } from './help.ts';
import { lifecycle } from './lifecycle.ts';
import { node } from './node.ts';
import { poolBench } from './pool-bench.ts';
import { attach, detach, login, ping, quit } from './session.ts';
import { tail } from './tail.ts';
import { tcpDiag } from './tcp-diag.ts';
import { telemetry } from './telemetry.ts';
import { test } from './test.ts';

/** In the order of `help`. */
export const HELP_ORDER: readonly Command[] = [
  helpCommand(() => ({ shown: HELP_ORDER, all: COMMANDS })),
  attach,
  login,
  detach,
  tail,
  log,
  ping,
  test,
  poolBench,
  tcpDiag,
  ls,
  cat,
  echo,
  spawn,
  kill,
  bind,
  mount,
  lifecycle,
  telemetry,
  quit,
];

/** Those of `help`, then those that users of the older shell do not know. */
export const COMMANDS: readonly Command[] = [...HELP_ORDER, node];

/** The command of a verb, which may be typed in any case. */
export function findCommand(verb: string): Command | undefined {
  const lower = verb.toLowerCase();
  return COMMANDS.find((command) => command.verb === lower);
}
