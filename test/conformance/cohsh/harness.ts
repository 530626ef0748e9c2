// SPDX-License-Identifier: Apache-2.0
/** A shell on a mock node, its output as a terminal without colours would show it. */
import {
  fixedClock,
  mockNode,
  mockTransport,
  DEFAULT_POLICY,
  type MockNode,
  type Transport,
} from '../../../host/client/index.ts';
import { Shell, type ShellSettings } from '../../../host/cohsh/shell.ts';
import { renderText, type Output, type OutputEvent } from '../../../host/cohsh/output.ts';

export const PROMPT = 'coh> ';

export class Capture implements Output {
  readonly events: OutputEvent[] = [];

  write(event: OutputEvent): void {
    this.events.push(event);
  }

  /** What was shown since the last call. */
  take(): string[] {
    const events = this.events.splice(0);
    return events.flatMap((event) => renderText(event) ?? []).flatMap((text) => text.split('\n'));
  }
}

export function shellSettings(another: () => Promise<() => Transport>, port = 31337): ShellSettings {
  return { tcpHost: '127.0.0.1', tcpPort: port, policy: DEFAULT_POLICY, another };
}

export interface MockShell {
  shell: Shell;
  node: MockNode;
  capture: Capture;
}

/** Time stands still unless a test lets it pass. */
export async function mockShell(options: { seedGpu?: boolean } = {}): Promise<MockShell> {
  const node = await mockNode({ clock: fixedClock(), ...options });
  const capture = new Capture();
  const another = (): Promise<() => Transport> => Promise.resolve(() => mockTransport({ node }));
  return { shell: new Shell(mockTransport({ node }), capture, shellSettings(another)), node, capture };
}
