// SPDX-License-Identifier: Apache-2.0
/** The codes of this package (COH08xx): the name that its sources use, why it refuses, and what to do. */
export const RUNNER_CODES = {
  missing: {
    code: 'COH0801',
    cause: 'QEMU is not installed, or what is called so is not QEMU.',
    fix: 'install qemu-system-arm',
  },
  tooOld: { code: 'COH0802', cause: 'This version of QEMU lacks what the runner uses.', fix: 'install a newer QEMU' },
  image: { code: 'COH0803', cause: 'The image is not there, or is none.', fix: 'build it with `make image`' },
  start: { code: 'COH0804', cause: 'QEMU ended before the guest ran.', fix: 'read what QEMU says' },
  timeout: {
    code: 'COH0805',
    cause: 'The guest did not do in time what was waited for.',
    fix: 'read its last lines, or allow more time',
  },
  ended: { code: 'COH0806', cause: 'The guest ended while something was expected of it.', fix: 'read its last lines' },
  script: {
    code: 'COH0807',
    cause: 'A script is a text file of commands and expectations.',
    fix: 'correct the line of the script',
  },
  expectation: {
    code: 'COH0808',
    cause: 'The guest answered something else than the script expects.',
    fix: 'read its last lines',
  },
  usage: {
    code: 'COH0809',
    cause: 'The command line holds something that the runner does not know.',
    fix: 'run it with --help',
  },
  protocol: {
    code: 'COH0810',
    cause: "QEMU's control socket answered what the runner does not understand.",
    fix: 'check the version of QEMU',
  },
  transcript: {
    code: 'COH0811',
    cause: 'The transcript cannot be written.',
    fix: 'name another file with --transcript',
  },
  input: { code: 'COH0812', cause: 'Standard input is text in UTF-8.', fix: 'convert the input' },
  refused: { code: 'COH0813', cause: 'The guest answered a line of the input with ERR.', fix: 'read the answer' },
  output: { code: 'COH0814', cause: 'Standard output cannot be written.', fix: 'check where it leads' },
} as const;
