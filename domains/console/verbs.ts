// SPDX-License-Identifier: Apache-2.0
// The console's verbs, each with the function that carries it out.
import * as attach from './attach';
import * as control from './control';
import * as files from './files';
import * as grammar from './grammar';
import { Session } from './session/session';
import * as system from './system';

/** Runs the verb that grammar.parse found. Its payload may go on afterwards (payload/). */
export function run(s: Session): void {
  const label = grammar.label(grammar.verb);
  switch (grammar.verb) {
    case grammar.HELP:
      return system.help(s, label);
    case grammar.BOOTINFO:
      return system.bi(s, label);
    case grammar.CAPS:
      return system.caps(s, label);
    case grammar.MEM:
      return system.mem(s, label);
    case grammar.PING:
      return system.ping(s, label);
    case grammar.TEST:
      return system.test(s, label);
    case grammar.NETTEST:
      return system.nettest(s, label);
    case grammar.NETSTATS:
      return system.netstats(s, label);
    case grammar.CACHELOG:
      return system.absent(label, 'unsupported');
    case grammar.ATTACH:
      return attach.attach(s, label);
    case grammar.QUIT:
      return attach.quit(s, label);
    case grammar.LS:
      return files.ls(s, label);
    case grammar.CAT:
      return files.cat(s, label);
    case grammar.TAIL:
      return files.tail(s, label);
    case grammar.LOG:
      return files.log(s, label);
    case grammar.ECHO:
      return control.echo(s, label);
    case grammar.SPAWN:
      return control.spawn(s, label);
    default:
      return control.kill(s, label);
  }
}
