// SPDX-License-Identifier: Apache-2.0
// The console's verbs, each with the function that carries it out.
import * as attach from './attach';
import * as control from './control';
import * as files from './files';
import * as grammar from './grammar';
import * as system from './system';

/** Runs the verb that grammar.parse found. Its payload may go on afterwards (stream.ts). */
export function run(): void {
  const label = grammar.label(grammar.verb);
  switch (grammar.verb) {
    case grammar.HELP:
      return system.help(label);
    case grammar.BOOTINFO:
      return system.bi(label);
    case grammar.CAPS:
      return system.caps(label);
    case grammar.MEM:
      return system.mem(label);
    case grammar.PING:
      return system.ping(label);
    case grammar.TEST:
      return system.test(label);
    case grammar.NETTEST:
      return system.nettest(label);
    case grammar.NETSTATS:
      return system.netstats(label);
    case grammar.CACHELOG:
      return system.absent(label, 'unsupported');
    case grammar.ATTACH:
      return attach.attach(label);
    case grammar.QUIT:
      return attach.quit(label);
    case grammar.LS:
      return files.ls(label);
    case grammar.CAT:
      return files.cat(label);
    case grammar.TAIL:
      return files.tail(label);
    case grammar.LOG:
      return files.log(label);
    case grammar.ECHO:
      return control.echo(label);
    case grammar.SPAWN:
      return control.spawn(label);
    default:
      return control.kill(label);
  }
}
