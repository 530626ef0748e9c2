// SPDX-License-Identifier: Apache-2.0
// One mistake at a time in [protection], and for each the one refusal. The exact texts stand in mistakes.expected; `vitest -u`
// rewrites them after a deliberate change; read the difference before committing it.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { render } from '../../../diagnostics/render.ts';
import { protectionCodes } from '../../../compiler/src/manifest/rules/protection.ts';
import { layoutCodes } from '../../../compiler/src/layout/codes.ts';
import type { Board } from '../../../compiler/src/image/boards.ts';
import { baseText, board, diagnosticsOf, type Edit, edited, layoutOf } from './support.ts';

const RING = '[[protection.rings]]\nname = "serial-in"';
const CALL = '[[protection.calls]]\nname = "shell-9p"';
const WORKER = 'instances = 3';

const ring = (name: string, producer: string, consumer: string): string =>
  `[[protection.rings]]\nname = "${name}"\nproducer = "${producer}"\nconsumer = "${consumer}"\nbytes = 4096\n\n`;
const call = (name: string, clients: string, server: string): string =>
  `[[protection.calls]]\nname = "${name}"\nclients = ${clients}\nserver = "${server}"\n\n`;
const rings = (count: number): string => Array.from({ length: count }, (_, n) => ring(`r${n}`, 'uart', 'net')).join('');

const SERVERS: Edit = [
  'devices = ["pl011"]\ninterrupts = ["pl011"]',
  'devices = ["pl011"]\ninterrupts = ["pl011"]\nserver = true',
];

/** The code that is expected, and the edits that make the mistake. */
const MISTAKES: Readonly<Record<string, readonly [code: string, ...edits: Edit[]]>> = {
  'name in capitals': ['COH3401', ['name = "net"', 'name = "Net"']],
  'name with a hyphen at its end': ['COH3401', ['name = "packets"', 'name = "packets-"']],
  'name too long': ['COH3401', ['name = "log"', `name = "${'l'.repeat(32)}"`]],
  'two domains of one name': ['COH3402', ['name = "net"\n', 'name = "uart"\n']],
  'domain called as the root task': ['COH3402', ['name = "net"\n', 'name = "roottask"\n']],
  'ring and call of one name': ['COH3402', ['name = "shell-9p"', 'name = "log"']],
  'unknown component': ['COH3403', ['component = "net"', 'component = "nett"']],
  'component in two domains': ['COH3404', ['component = "net"', 'component = "uart"']],
  'stack of half a page': ['COH3405', ['stack_bytes = 12288', 'stack_bytes = 12000']],
  'no memory': ['COH3405', ['memory_bytes = 16384', 'memory_bytes = 0']],
  'ring of half a page': [
    'COH3405',
    ['"roottask"\nconsumer = "shell"\nbytes = 8192', '"roottask"\nconsumer = "shell"\nbytes = 2048'],
  ],
  'DMA buffer of half a page': [
    'COH3405',
    ['device = "virtio-net"\nbytes = 8192', 'device = "virtio-net"\nbytes = 2048'],
  ],
  'empty pool': ['COH3406', [WORKER, 'instances = 0']],
  'instances of a domain that is no pool': ['COH3406', ['pool = true\n', '']],
  'priority of the root task': ['COH3407', ['priority = 200', 'priority = 254']],
  'priority of the idle thread': ['COH3407', ['priority = 100', 'priority = 0']],
  'pool with a device': ['COH3408', [WORKER, 'instances = 3\ndevices = ["pl031"]']],
  'pool as a server': [
    'COH3408',
    [WORKER, 'instances = 3\nserver = true'],
    [CALL, call('up', '["shell"]', 'beat') + CALL],
    ['priority = 100', 'priority = 130'],
  ],
  'device in two domains': ['COH3409', ['devices = ["virtio-net"]', 'devices = ["virtio-net", "pl011"]']],
  'interrupt in two domains': ['COH3410', ['interrupts = ["virtio-net"]', 'interrupts = ["virtio-net", "pl011"]']],
  'more devices than regions': [
    'COH3411',
    ['devices = ["pl011"]', `devices = [${Array.from({ length: 17 }, (_, n) => `"d${n}"`).join(', ')}]`],
  ],
  'more instances than the table has words': ['COH3412', [WORKER, 'instances = 509']],
  'watchdog of no time': ['COH3413', ['watchdog_ms = 2000', 'watchdog_ms = 0']],
  'restart window of no time': ['COH3413', ['window_ms = 1000', 'window_ms = 0']],
  'DMA buffer without a driver': ['COH3414', ['devices = ["virtio-net"]\n', '']],
  'more events than badge bits': ['COH3415', [RING, rings(60) + RING], ['interrupts = ["virtio-net"]\n', '']],
  'a supervisor call twice': ['COH3416', ['["spawn", "kill"]', '["spawn", "spawn"]']],
  'ring to an unknown domain': ['COH3501', ['producer = "uart"', 'producer = "uarts"']],
  'call of an unknown domain': ['COH3501', [CALL, call('up', '["shell"]', 'attic') + CALL]],
  'ring with one domain at both ends': ['COH3502', ['producer = "uart"', 'producer = "shell"']],
  'call of itself': ['COH3502', [CALL, call('up', '["tree"]', 'tree') + CALL]],
  'ring to the root task': ['COH3503', [RING, ring('up', 'uart', 'roottask') + RING]],
  'call of the root task': ['COH3503', [CALL, call('up', '["shell"]', 'roottask') + CALL]],
  'call by the root task': ['COH3503', [CALL, call('up', '["roottask"]', 'tree') + CALL]],
  'ring to a pool': ['COH3504', [RING, ring('up', 'uart', 'beat') + RING]],
  'buffer shared by a pool': [
    'COH3504',
    ['clients = ["beat"]\nserver = "tree"', 'clients = ["beat"]\nserver = "tree"\nbytes = 8192'],
  ],
  'call of a domain that is no server': ['COH3505', [CALL, call('up', '["shell"]', 'net') + CALL]],
  'server that nobody calls': ['COH3506', SERVERS],
  'circle of two': [
    'COH3507',
    SERVERS,
    [CALL, call('up', '["tree"]', 'uart') + call('down', '["uart"]', 'tree') + CALL],
  ],
  'call down in priority': ['COH3508', [CALL, call('down', '["net"]', 'tree') + CALL]],
  'call at equal priority': ['COH3508', ['priority = 120', 'priority = 150']],
  'two clients of one buffer': [
    'COH3509',
    ['clients = ["shell"]', 'clients = ["shell", "beat"]'],
    ['[[protection.calls]]\nname = "beat-9p"\nclients = ["beat"]\nserver = "tree"\n', ''],
    ['pool = true\ninstances = 3\n', ''],
  ],
  'call without clients': ['COH3510', [CALL, call('up', '[]', 'tree') + CALL]],
  'client named twice': ['COH3510', ['clients = ["beat"]', 'clients = ["beat", "beat"]']],
  'buffer that cannot be halved': ['COH3511', ['server = "tree"\nbytes = 8192', 'server = "tree"\nbytes = 4096']],
  'two channels between one pair': ['COH3512', [CALL, call('again', '["shell"]', 'tree') + CALL]],
  'unknown device': ['COH3601', ['devices = ["pl011"]', 'devices = ["pl01"]']],
  'device of the root task': ['COH3602', ['devices = ["pl011"]', 'devices = ["pl011", "pl031"]']],
  'interrupt of the root task': ['COH3602', ['interrupts = ["pl011"]', 'interrupts = ["pl011", "timer"]']],
  'registers of a device without': ['COH3603', ['devices = ["pl011"]', 'devices = ["pl011", "timer"]']],
  'interrupt of a device without': ['COH3603', ['interrupts = ["pl011"]', 'interrupts = ["pl011", "pl031"]']],
  'DMA by a device that does none': ['COH3604', ['device = "virtio-net"', 'device = "pl011"']],
  'stack below the worst case': ['COH3608', ['stack_bytes = 4096', 'stack_bytes = 4096 # the image needs 5000']],
  'more memory than the board has': ['COH3609', ['memory_bytes = 65536', 'memory_bytes = 67108864']],
  'channels in more pages than the table has': [
    'COH3613',
    ['"roottask"\nconsumer = "shell"\nbytes = 8192', '"roottask"\nconsumer = "shell"\nbytes = 1048576'],
  ],
  'more slots with page tables and mappings': [
    'COH3610',
    [WORKER, 'instances = 500'],
    ['stack_bytes = 4096\nmemory_bytes = 4096', 'stack_bytes = 4096\nmemory_bytes = 487424'],
  ],
  'more memory than can be planned': ['COH3610', ['memory_bytes = 32768', 'memory_bytes = 4294963200']],
  'channels of gigabytes': [
    'COH3613',
    ['"roottask"\nconsumer = "shell"\nbytes = 8192', '"roottask"\nconsumer = "shell"\nbytes = 4294963200'],
  ],
  'stack down into the code': ['COH3607', ['stack_bytes = 16384', 'stack_bytes = 1835008']],
  'more slots than the root task has': [
    'COH3610',
    [WORKER, 'instances = 400'],
    ['stack_bytes = 4096\nmemory_bytes = 4096', 'stack_bytes = 4096\nmemory_bytes = 1048576'],
  ],
};

/** Mistakes that show only with a component of other size, or on a smaller board. */
const SMALL_BOARD = { ...board, ramEnd: board.ramStart + 0x600_0000n };
const SURROUNDINGS: Readonly<Record<string, { stackWorstCase_bytes?: number; on?: Board }>> = {
  'stack below the worst case': { stackWorstCase_bytes: 5000 },
  'more memory than the board has': { on: SMALL_BOARD },
};

function refusals(name: string) {
  const [, ...edits] = MISTAKES[name] ?? ['', ['', '']];
  const { on, ...image } = SURROUNDINGS[name] ?? {};
  const text = edited(...edits);
  return diagnosticsOf(() => layoutOf(text, image, on));
}

test('the base manifest is in order', () => {
  expect(diagnosticsOf(() => layoutOf(baseText))).toEqual([]);
});

describe('manifests with one mistake', () => {
  test.each(Object.keys(MISTAKES))('%s', (name) => {
    const found = refusals(name);
    expect(found.map(({ code }) => code)).toEqual([MISTAKES[name]?.[0]]);
    expect(found[0]?.position?.line).toBeGreaterThan(8);
  });

  test('the exact texts', async () => {
    const text = Object.keys(MISTAKES).map((name) => `# ${name}\n${refusals(name).map(render).join('')}`);
    await expect(text.join('\n')).toMatchFileSnapshot(join(import.meta.dirname, 'mistakes.expected'));
  });

  test('together they show every code', () => {
    const shown = new Set(Object.values(MISTAKES).map(([code]) => code));
    // No domains at all: below. The rest are about components (component-image.test.ts,
    // layout.test.ts) and the compiler itself (verify.test.ts).
    const elsewhere = ['COH3417', 'COH3418', 'COH3605', 'COH3606', 'COH3611', 'COH3612'];
    const codes = [...Object.keys(protectionCodes), ...Object.keys(layoutCodes)];
    expect(codes.filter((code) => !shown.has(code))).toEqual(elsewhere);
  });
});

test('no domains at all', () => {
  const text = `${baseText.slice(0, baseText.indexOf('[[protection.domains]]'))}protection = { domains = [] }\n`;
  expect(diagnosticsOf(() => layoutOf(text)).map(render)).toEqual([
    `base.toml:9:26: error[COH3417]: protection.domains is empty
 9 | protection = { domains = [] }
   |                          ^^
  cause: Without domains nothing would run.
  fix: remove [protection] to have the default domains, or describe yours
`,
  ]);
});

test('[protection] belongs to schema 2.0', () => {
  const found = diagnosticsOf(() => layoutOf(edited(['schema = "2.0"', 'schema = "1.5"'])));
  expect(found.map(({ message }) => message)).toEqual([
    "invalid manifest TOML in base.toml: unknown key 'protection' at the top level",
  ]);
});
