// SPDX-License-Identifier: Apache-2.0
/** Models of the devices that the root task drives, as register files. */
export interface Device {
  read(offset: number): number;
  write(offset: number, value: number): void;
}

const DR = 0x000;
const FR = 0x018;
const FR_RXFE = 1 << 4;

/** PL011: what is written to the data register is collected, what a test types is received. */
export class SimPl011 implements Device {
  readonly received: number[] = [];
  private readonly sent: number[] = [];

  read(offset: number): number {
    if (offset === FR) return this.received.length === 0 ? FR_RXFE : 0;
    if (offset === DR) return this.received.shift() ?? 0;
    return 0;
  }

  write(offset: number, value: number): void {
    if (offset === DR) this.sent.push(value & 0xff);
  }

  /** What was sent since the last call, as Latin-1. */
  take(): string {
    const text = Buffer.from(this.sent).toString('latin1');
    this.sent.length = 0;
    return text;
  }
}

/** PL031 with a fixed time. */
export class SimPl031 implements Device {
  constructor(private readonly seconds: number) {}

  read(offset: number): number {
    return offset === DR ? this.seconds : 0;
  }

  write(): void {
    throw new Error('the root task does not write the clock');
  }
}
