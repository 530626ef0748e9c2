// SPDX-License-Identifier: Apache-2.0
/** Fault reports as the system prints them, found in any text around them. */

export interface Fault {
  /** As it was printed. */
  text: string;
  /** `uart`, or of a worker its domain: `worker-heartbeat`. Undefined: unknown. */
  domain: string | undefined;
  generation: string | undefined;
  kind: string | undefined;
  pc: bigint;
  addr: bigint | undefined;
  /** `file:line`, where the report says it. */
  at: string | undefined;
}

const REPORT =
  /\[fault\] domain=(.+?)(?: \((\S+?)\))? generation=(\d+) kind=(.+?)(?: waited_ms=\d+)? pc=(0x[0-9a-f]+)(?: addr=(0x[0-9a-f]+))?(?: at (\S+))?/;

/** All reports in a text. */
export function findFaults(text: string): Fault[] {
  return text.split('\n').flatMap((line) => {
    const match = REPORT.exec(line);
    if (match === null) return [];
    const [all, name, workerDomain, generation, kind, pc = '0x0', addr, at] = match;
    return [
      {
        text: all,
        domain: workerDomain ?? name,
        generation,
        kind,
        pc: BigInt(pc),
        addr: addr === undefined ? undefined : BigInt(addr),
        at,
      },
    ];
  });
}

/** `0x42f2c`, `42f2c`, or `console 0x42f2c`. */
export function parseAddress(words: readonly string[]): Fault | undefined {
  const [first = '', second] = words;
  const [domain, text] = second === undefined ? [undefined, first] : [first, second];
  if (words.length > 2 || !/^(0x)?[0-9a-fA-F]{1,16}$/.test(text)) return undefined;
  const pc = BigInt(text.startsWith('0x') ? text : `0x${text}`);
  return { text: words.join(' '), domain, generation: undefined, kind: undefined, pc, addr: undefined, at: undefined };
}
