// SPDX-License-Identifier: Apache-2.0
// PL011 UART. Receive is interrupt driven; transmit waits for room in the FIFO, which the device empties on its own.
import { read32, write32 } from '../machine/mmio';

const DR: u32 = 0x000; // data
const FR: u32 = 0x018; // flags
const LCRH: u32 = 0x02c; // line control
const CR: u32 = 0x030; // control
const IMSC: u32 = 0x038; // interrupt mask
const ICR: u32 = 0x044; // interrupt clear

const FR_RXFE: u32 = 1 << 4; // receive FIFO empty
const FR_TXFF: u32 = 1 << 5; // transmit FIFO full
const DR_OVERRUN: u32 = 1 << 11;
const DR_ERRORS: u32 = 7 << 8; // framing, parity, break
const LCRH_FIFO: u32 = 1 << 4;
const LCRH_8BIT: u32 = 3 << 5;
const CR_ENABLE: u32 = 0x301; // UART, TX, RX
const INT_RX: u32 = 1 << 4;
const INT_RX_TIMEOUT: u32 = 1 << 6;

/** What `take` returns when nothing waits. */
export const NOTHING: i32 = -1;

let region: u32 = 0;
/** Bytes that the device lost because its FIFO was full. */
export let overruns: u32 = 0;
/** Bytes with framing, parity or break errors; they are not delivered. */
export let lineErrors: u32 = 0;

/** 8N1 with FIFOs, at the baud rate that the firmware set; receive interrupts on. */
export function init(deviceRegion: u32): void {
  region = deviceRegion;
  write32(region, LCRH, LCRH_8BIT | LCRH_FIFO);
  write32(region, CR, CR_ENABLE);
  write32(region, ICR, 0x7ff);
  write32(region, IMSC, INT_RX | INT_RX_TIMEOUT);
}

export function put(value: u8): void {
  while (read32(region, FR) & FR_TXFF) {}
  write32(region, DR, value);
}

/** The next received byte, or NOTHING. */
export function take(): i32 {
  while (!(read32(region, FR) & FR_RXFE)) {
    const data = read32(region, DR);
    if (data & DR_OVERRUN) overruns++;
    if (!(data & DR_ERRORS)) return <i32>(data & 0xff);
    lineErrors++;
  }
  return NOTHING;
}

/** Call before draining the FIFO: a byte that comes later raises the interrupt again. */
export function clearInterrupt(): void {
  write32(region, ICR, INT_RX | INT_RX_TIMEOUT);
}
