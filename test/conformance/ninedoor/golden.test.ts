// SPDX-License-Identifier: Apache-2.0
/** Every message both ways, byte for byte. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from '../../unit/ninedoor/build.ts';
import { Machine } from '../../unit/ninedoor/machine.ts';
import { classic, compact, learnQids, linux } from './exchanges.ts';
import { sipHash13 } from './siphash.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

learnQids((names) => sipHash13(Buffer.concat(names.flatMap((name) => [Buffer.from(name), Buffer.from([0xff])]))));

describe.each([linux(), classic(), compact()])('$name', ({ exchanges }) => {
  it('is answered as written down', () => {
    const machine = new Machine(module);
    const session = machine.open();
    for (const { name, request, reply } of exchanges) {
      expect(machine.serve(session, request).toString('hex'), name).toBe(reply.toString('hex'));
    }
  });
});
