// SPDX-License-Identifier: Apache-2.0
// A guest without an emulator: prints what a test says, in the pieces that a test says.
import type { Guest } from '../../../qemu/src/expect.ts';
import type { MachineEnd } from '../../../qemu/src/machine.ts';

export class FakeGuest implements Guest {
  text = '';
  readonly resets: number[] = [];
  end: MachineEnd | undefined;
  readonly written: string[] = [];
  /** What the guest prints for a text sent to it. */
  readonly answers = new Map<string, string>();
  private readonly listeners = new Set<() => void>();

  constructor(text = '') {
    this.text = text;
  }

  print(text: string): void {
    this.text += text;
    this.changed();
  }

  reset(): void {
    this.resets.push(this.text.length);
    this.changed();
  }

  die(reason: string): void {
    this.end = { kind: 'exited', reason };
    this.changed();
  }

  tail(count: number): string[] {
    return this.text
      .split(/\r?\n/)
      .filter((line) => line !== '')
      .slice(-count);
  }

  write(data: string): void {
    this.written.push(data);
    const answer = this.answers.get(data);
    if (answer !== undefined) setImmediate(() => this.print(answer));
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  stop(): Promise<MachineEnd> {
    this.end ??= { kind: 'stopped', reason: 'it was stopped' };
    return Promise.resolve(this.end);
  }

  private changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
