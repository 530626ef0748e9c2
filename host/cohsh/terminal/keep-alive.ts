// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the sign of life of a shell that waits for its operator: a ping now and then, so that neither the node nor what is between
 * takes the session for dead. One at a time, and none while a command runs.
 */
export class KeepAlive {
  private readonly ping: () => Promise<void>;
  private readonly interval_ms: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(ping: () => Promise<void>, interval_ms: number) {
    this.ping = ping;
    this.interval_ms = interval_ms;
  }

  /** The prompt is there. */
  start(): void {
    this.stop();
    if (this.interval_ms <= 0) return;
    this.timer = setTimeout(() => void this.beat(), this.interval_ms);
    // A shell that has nothing else to do may end.
    this.timer.unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async beat(): Promise<void> {
    const mine = this.timer;
    // What is wrong with the connection says its own notice, and the next command.
    await this.ping().catch(() => undefined);
    if (this.timer === mine) this.start();
  }
}
