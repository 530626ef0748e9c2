// SPDX-License-Identifier: Apache-2.0
/** What a script has been answered: the last response of a command, which EXPECT looks at, and the last few for reports. */
import type { Output, OutputEvent } from '../output.ts';

export type Source = 'ack' | 'out' | 'none';

export interface Response {
  source: Exclude<Source, 'none'>;
  text: string;
}

const RECENT = 8;
const LINES = 65_536;

/** Listens to the output of commands. An acknowledgement counts for more than any line. */
export class Responses implements Output {
  lastCommand: string | undefined;
  /** Since the last command; only its end is kept. */
  private since: Response[] = [];
  private lastAck: Response | undefined;
  private lastOut: Response | undefined;
  readonly recent: Response[] = [];
  /** All that the last command said; of very much, the end. */
  lines: string[] = [];

  begin(command: string): void {
    this.lastCommand = command;
    this.since = [];
    this.lines = [];
    this.lastAck = undefined;
    this.lastOut = undefined;
  }

  write(event: OutputEvent): void {
    if (event.kind === 'ack') this.lastAck = this.keep({ source: 'ack', text: event.ack.line });
    else if (event.kind === 'line' || event.kind === 'note')
      this.lastOut = this.keep({ source: 'out', text: event.text });
  }

  private keep(response: Response): Response {
    for (const list of [this.since, this.recent]) {
      list.push(response);
      if (list.length > RECENT) list.shift();
    }
    this.lines.push(response.text);
    if (this.lines.length > LINES) this.lines.splice(0, LINES / 2);
    return response;
  }

  get last(): Response | undefined {
    return this.lastAck ?? this.lastOut;
  }

  /** The acknowledgement of the last command, and the end of what it said. */
  get excerpt(): readonly Response[] {
    const { lastAck, since } = this;
    return lastAck === undefined || since.includes(lastAck) ? since : [lastAck, ...since];
  }
}
