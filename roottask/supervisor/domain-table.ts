// SPDX-License-Identifier: Apache-2.0
// The domain table page: the generation of every instance, written by the root task, read by all domains.
import { ROOT_TABLE_OFFSET } from '../../generated/layout';
import * as objects from '../boot/objects';
import * as abi from '../../lib/machine/abi';
import { storeRelease64 } from '../../lib/machine/memory';
import { Instance } from './instances';

const LINEAR_MEMORY: u64 = 0x100000000;

let page: u64 = 0;

/** Makes and maps the page. */
export function make(): void {
  page = objects.make(abi.OBJECT_SMALL_PAGE, abi.BITS_SMALL_PAGE, 'domain table');
  const vaddr = LINEAR_MEMORY + ROOT_TABLE_OFFSET;
  objects.check(objects.mapFrame(page, vaddr, abi.RIGHTS_READ_WRITE, abi.VM_DATA), 'domain table');
}

export function frame(): u64 {
  return page;
}

/** The generation of the instance is another one. COH3412 keeps the table within its page. */
export function publish(i: Instance): void {
  storeRelease64(ROOT_TABLE_OFFSET + 8 * i.number, i.generation);
}
