// SPDX-License-Identifier: Apache-2.0
/**
 * A client of the TCP console for tests: frames, nothing else. It is written from the description of the wire, not from the
 * client library, so that one does not hide what is wrong with the other.
 */
import { DEFAULT_WAIT_MS, Reader } from './reader.ts';

/** A line as a frame: the length, which counts itself, and the text. */
export function lineFrame(line: string | Buffer): Buffer {
  const text = Buffer.from(line as string);
  const frame = Buffer.alloc(4 + text.length);
  frame.writeUInt32LE(frame.length, 0);
  text.copy(frame, 4);
  return frame;
}

/** Verbs whose payload ends with END once they are accepted. */
const STREAMS = new Set(['LS', 'CAT', 'TAIL', 'LOG']);
/** Most bytes of a frame that the server may send. */
const MAX_FRAME_BYTES = 260;

export interface Answer {
  ack: string;
  lines: string[];
}

export class ConsoleClient {
  private constructor(readonly reader: Reader) {}

  static async connect(port: number, wait_ms = DEFAULT_WAIT_MS): Promise<ConsoleClient> {
    return new ConsoleClient(await Reader.connect(port, wait_ms));
  }

  /** Connected, authenticated, and attached where a role is given. */
  static async enter(port: number, attach?: string, token = 'changeme'): Promise<ConsoleClient> {
    const client = await ConsoleClient.connect(port);
    await client.expectAck(`AUTH ${token}`, 'OK AUTH');
    if (attach !== undefined) await client.expectAck(`ATTACH ${attach}`, `OK ATTACH role=${attach.split(' ')[0]}`);
    return client;
  }

  send(...lines: readonly (string | Buffer)[]): void {
    this.sendRaw(Buffer.concat(lines.map(lineFrame)));
  }

  sendRaw(bytes: Buffer): void {
    this.reader.socket.write(bytes);
  }

  /** The next line from the server. */
  async next(): Promise<string> {
    const length = await this.reader.peekLength();
    if (length < 5 || length > MAX_FRAME_BYTES) throw new Error(`the server sent a frame of length ${length}`);
    const text = (await this.reader.take(length)).subarray(4);
    const line = text.toString('utf8');
    if (!Buffer.from(line).equals(text))
      throw new Error(`the server sent bytes that are no UTF-8: ${text.toString('hex')}`);
    return line;
  }

  /** Sends a command and reads all of its answer. Only for commands whose payload has an END, or none, and `ping`. */
  async command(line: string): Promise<Answer> {
    this.send(line);
    return this.answer();
  }

  async answer(): Promise<Answer> {
    const ack = await this.next();
    const [status, verb = ''] = ack.split(' ');
    if (status !== 'OK' && status !== 'ERR') throw new Error(`no acknowledgement: ${ack}`);
    const lines: string[] = [];
    if (status === 'OK' && STREAMS.has(verb)) {
      for (let next = await this.next(); next !== 'END'; next = await this.next()) lines.push(next);
    } else if (status === 'OK' && verb === 'PING') {
      lines.push(await this.next());
    }
    return { ack, lines };
  }

  async expectAck(line: string, expected: string): Promise<string[]> {
    const { ack, lines } = await this.command(line);
    if (ack !== expected) throw new Error(`${line.split(' ')[0]}: ${ack} instead of ${expected}`);
    return lines;
  }

  /** Everything until the server closes; its lines, and how it closed. */
  async rest(): Promise<{ lines: string[]; how: string }> {
    const lines: string[] = [];
    for (;;) {
      try {
        lines.push(await this.next());
      } catch (error) {
        if (!(error instanceof Error) || error.constructor.name !== 'Ended') throw error;
        return { lines, how: await this.reader.end() };
      }
    }
  }

  close(): void {
    this.reader.close();
  }
}
