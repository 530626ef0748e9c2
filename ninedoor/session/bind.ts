// SPDX-License-Identifier: Apache-2.0
// One bind of a session.
//
//   Bind   Place (16 bytes) · fromBytes u16 · toBytes u16 · from[BIND_PATH_BYTES] · to[BIND_PATH_BYTES]
//
//   from: the place's path · to: the path under which the session sees it
import { BIND_PATH_BYTES } from '../limits';
import { Place } from '../namespace/node';


@unmanaged
export class Bind extends Place {
  fromBytes: u16;
  toBytes: u16;

  get from(): usize {
    return changetype<usize>(this) + offsetof<Bind>();
  }

  get to(): usize {
    return this.from + BIND_PATH_BYTES;
  }
}

export const BIND_BYTES: u32 = offsetof<Bind>() + 2 * BIND_PATH_BYTES;
