// SPDX-License-Identifier: Apache-2.0
// A missing or too old emulator is refused with what to install.
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { checkVersion, findQemu } from '../../../qemu/src/install.ts';

function diagnosticOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.diagnostics.map((d) => `${d.code}: ${d.message}; ${d.fix}`).join('\n');
  }
  return 'accepted';
}

describe('the emulator', () => {
  it.each([
    ['QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright', '7.2.22'],
    ['QEMU emulator version 6.2.0', '6.2.0'],
    ['QEMU emulator version 10.0', '10.0'],
  ])('accepts %s', (output, version) => {
    expect(checkVersion('qemu', output)).toBe(version);
  });

  it.each([
    ['5.2.0', '5.2'],
    ['6.1.9', '6.1'],
  ])('refuses version %s', (version, shown) => {
    expect(diagnosticOf(() => checkVersion('qemu', `QEMU emulator version ${version}`))).toBe(
      `COH0802: qemu is version ${shown}, and 6.2 or newer is needed; ` +
        'upgrade it: apt-get install qemu-system-arm on Debian 12 or Ubuntu 22.04 and later',
    );
  });

  it.each([
    ['no-such-emulator', 'no-such-emulator cannot be started: not found'],
    ['true', 'true does not say which version of QEMU it is'],
  ])('refuses %s', (command, message) => {
    const expected = `COH0801: ${message}; install it with: apt-get install qemu-system-arm`;
    expect(diagnosticOf(() => findQemu(command))).toBe(expected);
  });
});
