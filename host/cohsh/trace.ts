// SPDX-License-Identifier: Apache-2.0
/**
 * `--record-trace` and `--replay-trace`: what the shell shows is noted in the trace, or compared with it.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { readBounded, refusalOf } from '../../tools/bounded-file.ts';
import {
  decodeTrace,
  MAX_TRACE_BYTES,
  type Policy,
  recordTransport,
  replayTransport,
  TraceRecorder,
  TraceReplayer,
  type Transport,
} from '../client/index.ts';
import { CommandError } from './errors.ts';
import type { Output } from './output.ts';

/** What a trace adds to a transport. */
export interface Traced {
  transport: Transport;
  /** Looks at the acknowledgements that pass to an output. */
  watch(output: Output): Output;
  /** After the last command; throws if the trace is not what it should be. */
  finish(): void;
}

/** Nothing passes on the wire for these, and older traces do not have them. */
const LEAVING = new Set(['QUIT', 'DETACH']);

function watching(output: Output, onAck: (line: string) => void): Output {
  return {
    write(event) {
      if (event.kind === 'ack' && !LEAVING.has(event.ack.verb)) onAck(event.ack.line);
      output.write(event);
    },
  };
}

export function recorded(path: string, policy: Policy, seedGpu: boolean): Traced {
  const recorder = new TraceRecorder();
  return {
    transport: recordTransport(recorder, { seedGpu, retry: policy.retry }),
    watch: (output) => watching(output, (line) => recorder.ack(line)),
    finish() {
      // Whole or not at all.
      const partial = `${path}.partial`;
      writeFileSync(partial, recorder.encode(policy.trace.max_bytes), { mode: 0o600 });
      renameSync(partial, path);
    },
  };
}

function read(path: string): Uint8Array {
  try {
    return readBounded(path, MAX_TRACE_BYTES);
  } catch (cause) {
    throw new CommandError(`failed to read trace ${path}${refusalOf(cause)}`, { cause });
  }
}

export function replayed(path: string, policy: Policy): Traced {
  const replayer = new TraceReplayer(decodeTrace(read(path), policy.trace.max_bytes));
  return {
    transport: replayTransport(replayer, policy.retry),
    watch: (output) => watching(output, (line) => replayer.ack(line)),
    finish: () => replayer.finish(),
  };
}
