// SPDX-License-Identifier: Apache-2.0
/** `telemetry push`: prepares all records, makes a segment, and appends them in order. Nothing is sent that cannot be sent whole. */
import { type Ack, renderAck, type Transport } from '../../client/index.ts';
import type { Context } from '../commands/command.ts';
import { CommandError, describe, interrupted } from '../errors.ts';
import { fixFor, refusalText } from '../hints.ts';
import type { PushArguments } from './arguments.ts';
import { inlineSource, type Source } from './inline.ts';
import { referenceSource } from './reference.ts';

function deviceRoot(device: string): string {
  return `/queen/telemetry/${device}`;
}

/** Longest line, without newline, that `echo` carries on a transport. */
function lineBytes({ limits }: Transport): number {
  return limits.text_only ? limits.write_bytes : Infinity;
}

function refused(ack: Ack): CommandError {
  const fix = fixFor(ack);
  return new CommandError(refusalText(ack), fix === undefined ? {} : { fix });
}

async function prepare({ file, reference, device }: PushArguments, context: Context): Promise<Source> {
  const transport = context.session('telemetry push');
  const bytes = Buffer.byteLength(`${deviceRoot(device)}/seg/seg-000000`);
  if (bytes > transport.limits.path_bytes) {
    throw new CommandError(`paths of device ${device} have ${bytes} bytes, more than this transport carries`, {
      fix: 'use a shorter device id, or --transport 9p',
    });
  }
  if (!reference) return inlineSource(file, lineBytes(transport));
  const onProgress = (done: number, total: number): void =>
    context.output.write({ kind: 'progress', label: 'hashing', done, total, unit: 'bytes' });
  return referenceSource(file, { signal: context.signal, onProgress });
}

/** Makes a segment; returns its name. */
async function newSegment(transport: Transport, device: string, mime: string, context: Context): Promise<string> {
  const options = { signal: context.signal };
  const root = deviceRoot(device);
  const { ack } = await transport.echo(`${root}/ctl`, JSON.stringify({ new: 'segment', mime }), options);
  if (!ack.ok) throw refused(ack);
  const named = ack.fields.get('seg_id');
  if (named !== undefined && named !== '') return named;
  const latest = await transport.cat(`${root}/latest`, options);
  const segment = latest.lines.at(-1)?.trim() ?? '';
  if (!latest.ack.ok || segment === '') throw new CommandError(`the node does not name the segment of ${device}`);
  return segment;
}

interface Push {
  transport: Transport;
  device: string;
  segment: string;
  records: readonly string[];
}

async function appendAll({ transport, device, segment, records }: Push, context: Context): Promise<number> {
  const path = `${deviceRoot(device)}/seg/${segment}`;
  let bytes = 0;
  for (const [index, record] of records.entries()) {
    try {
      if (context.signal?.aborted === true) throw interrupted();
      const { ack } = await transport.echo(path, record, { signal: context.signal });
      if (!ack.ok) throw refused(ack);
    } catch (error) {
      throw incomplete(error, index, records.length, segment, context);
    }
    bytes += Buffer.byteLength(record) + 1;
    const progress = { label: segment, done: index + 1, total: records.length, unit: 'records' };
    context.output.write({ kind: 'progress', ...progress });
  }
  return bytes;
}

/** The segment stays as it is: segments cannot be taken back. */
function incomplete(error: unknown, done: number, total: number, segment: string, context: Context): CommandError {
  const stopped = context.signal?.aborted === true;
  const why = stopped ? 'interrupted' : describe(error);
  return new CommandError(`telemetry push stopped after ${done} of ${total} records of ${segment}: ${why}`, {
    fix: 'push the file again: it gets a segment of its own',
    cause: error,
    interrupted: stopped,
  });
}

export async function push(parsed: PushArguments, context: Context): Promise<void> {
  const transport = context.queenSession('telemetry push');
  const { device } = parsed;
  try {
    const { mime, records } = await prepare(parsed, context);
    const segment = await newSegment(transport, device, mime, context);
    const bytes = await appendAll({ transport, device, segment, records }, context);
    const fields = [
      ['action', 'push'],
      ['device', device],
      ['seg_id', segment],
      ['records', records.length],
    ] as const;
    context.output.write({ kind: 'ack', ack: renderAck(true, 'TELEMETRY', [...fields, ['bytes', bytes]]) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const fields = [
      ['action', 'push'],
      ['device', device],
      ['reason', reason],
    ] as const;
    context.output.write({ kind: 'ack', ack: renderAck(false, 'TELEMETRY', fields) });
    throw error;
  }
}
