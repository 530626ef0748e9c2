// SPDX-License-Identifier: Apache-2.0
// PL031 real-time clock: seconds since 1970-01-01 UTC.
import { read32 } from '../machine/mmio';

const DR: u32 = 0x000;

export function seconds(region: u32): u32 {
  return read32(region, DR);
}
