// SPDX-License-Identifier: Apache-2.0
// QEMU's control channel (QMP: one JSON object a line) as far as a machine needs it: commands without waiting for their
// answers, and events. It is the only witness of a guest's reset, which the serial line does not show.
import type { Duplex } from 'node:stream';

export interface QmpEvent {
  event: string;
  data?: { guest?: boolean; reason?: string };
}

interface QmpReply extends Partial<QmpEvent> {
  return?: unknown;
  error?: { desc?: string };
  id?: string;
}

export class Qmp {
  private pending = '';
  private readonly socket: Duplex;
  private readonly onEvent: (event: QmpEvent) => void;
  private readonly onRefused: (command: string, reason: string) => void;
  private readonly replies = new Map<string, () => void>();
  private next = 0;

  constructor(
    socket: Duplex,
    onEvent: (event: QmpEvent) => void,
    onRefused: (command: string, reason: string) => void,
  ) {
    this.socket = socket;
    this.onEvent = onEvent;
    this.onRefused = onRefused;
    socket.on('data', (chunk: Buffer) => this.receive(chunk.toString('utf8')));
    // The socket breaks when QEMU ends; the end of the process is what gets reported.
    socket.on('error', () => undefined);
    void this.send('qmp_capabilities');
  }

  /** Resolves when QEMU has answered; never when it dies first. */
  send(execute: string, args?: Record<string, unknown>): Promise<void> {
    const id = `${this.next++} ${execute}`;
    const command = JSON.stringify({ execute, id, ...(args === undefined ? {} : { arguments: args }) });
    return new Promise((resolve) => {
      this.replies.set(id, resolve);
      if (this.socket.writable) this.socket.write(`${command}\n`);
    });
  }

  private receive(text: string): void {
    const lines = (this.pending + text).split('\n');
    this.pending = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.dispatch(JSON.parse(line) as QmpReply);
  }

  private dispatch(message: QmpReply): void {
    if (message.event !== undefined) {
      this.onEvent({ event: message.event, ...(message.data === undefined ? {} : { data: message.data }) });
      return;
    }
    if (message.id === undefined) return;
    if (message.error !== undefined) this.onRefused(message.id.split(' ')[1] ?? '', message.error.desc ?? 'refused');
    this.replies.get(message.id)?.();
    this.replies.delete(message.id);
  }
}
