// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the `mock` transport: the console's commands against NineDoor's own wasm in this process.
 */
import { DEFAULT_RETRY, MSIZE, type RetryPolicy } from '../defaults.ts';
import { FileTransport, type AckStyle } from '../files/transport.ts';
import type { Link } from '../p9/link.ts';
import type { Dialect } from '../p9/session.ts';
import type { Transport } from '../transport.ts';
import { loadMockParts, type MockParts } from './parts.ts';
import { MockNode, type MockNodeOptions } from './node.ts';

export interface MockTransportOptions extends Partial<Omit<MockNodeOptions, 'module' | 'keys'>> {
  /** What the mock is made of; found beside this program, or built, unless given. */
  parts?: MockParts | undefined;
  /** A node that several transports share. */
  node?: MockNode | undefined;
  retry?: RetryPolicy | undefined;
  dialect?: Dialect | undefined;
  acks?: AckStyle | undefined;
  exhaustive?: boolean | undefined;
  maxInFlight?: number | undefined;
  /** Put between the transport and the node: recorders of traces. */
  wrap?: ((link: Link) => Link) | undefined;
}

export interface MockTransport extends Transport {
  /** The node behind it: to let time pass, to share it. */
  node(): Promise<MockNode>;
}

/** Makes a node; several transports can share it. */
export async function mockNode(options: MockTransportOptions = {}): Promise<MockNode> {
  const { module, keys } = options.parts ?? (await loadMockParts());
  return new MockNode({ ...options, module, keys });
}

class InProcess extends FileTransport implements MockTransport {
  constructor(
    options: MockTransportOptions,
    private readonly made: () => Promise<MockNode>,
    private readonly owned: boolean,
  ) {
    super({
      kind: 'mock',
      endpoint: 'mock',
      dialect: options.dialect ?? 'cohesix',
      msize: MSIZE,
      maxInFlight: options.maxInFlight ?? 16,
      retry: options.retry ?? DEFAULT_RETRY,
      acks: options.acks,
      exhaustive: options.exhaustive,
      dial: async () => {
        const link = (await made()).link();
        return options.wrap?.(link) ?? link;
      },
    });
  }

  node(): Promise<MockNode> {
    return this.made();
  }

  override async close(): Promise<void> {
    await super.close();
    if (this.owned) (await this.made()).close();
  }
}

export function mockTransport(options: MockTransportOptions = {}): MockTransport {
  let node: Promise<MockNode> | undefined;
  const make = (): Promise<MockNode> =>
    (node ??= options.node !== undefined ? Promise.resolve(options.node) : mockNode(options));
  return new InProcess(options, make, options.node === undefined);
}
