// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBoard } from '../../../compiler/src/image/boards.ts';
import { readElf } from '../../../compiler/src/elf/image.ts';
import { payloadAssembly } from '../../../compiler/src/image/pack.ts';
import { place, type Placement } from '../../../compiler/src/image/placement.ts';
import { kernelElf, KERNEL_VIRTUAL, makeElf, pattern, type SegmentSpec } from '../elf/make-elf.ts';

const BOARD = findBoard('qemu-virt');
const rootTask = (segments: SegmentSpec[]) => readElf(makeElf({ segments }), 'root task');
const kernel = (change: Partial<SegmentSpec> = {}) => readElf(kernelElf(change), 'kernel');

/** What the loader leaves in the root task's region. */
function region(placement: Placement): Uint8Array {
  const { userStart, userEnd } = placement;
  const bytes = new Uint8Array(Number(userEnd - userStart)).fill(0xee);
  for (const s of placement.segments) {
    if (s.destination < userStart) continue;
    const at = Number(s.destination - userStart);
    bytes.fill(0, at, at + Number(s.memoryBytes));
    bytes.set(s.data, at);
  }
  return bytes;
}

describe('place', () => {
  it('puts kernel, device tree, root task and loader in ascending order', () => {
    const placement = place(kernel(), rootTask([{ virtual: 0x40_0100n, data: pattern(300) }]), BOARD);
    expect(placement).toMatchObject({
      kernelStart: 0x4000_0000n,
      kernelEnd: 0x4023_d000n,
      kernelVirtual: KERNEL_VIRTUAL,
      kernelEntry: KERNEL_VIRTUAL,
      dtbDestination: 0x4023_d000n,
      userStart: 0x4027_d000n,
      userEnd: 0x4027_e000n,
      userOffset: 0x4027_d000n - 0x40_0000n,
      userEntry: 0x40_0100n,
      loaderBase: 0x4400_0000n,
    });
  });

  it('moves the loader up when the root task is large', () => {
    const placement = place(kernel(), rootTask([{ virtual: 0n, data: pattern(16), memoryBytes: 0x1000_0000n }]), BOARD);
    expect(placement.loaderBase).toBe(0x5040_0000n);
  });

  it('gives every byte of the root task its place at one constant offset, and zeroes the rest', () => {
    const segment = fc.record({
      gap: fc.nat(0x2000),
      length: fc.integer({ min: 1, max: 0x1800 }),
      zeroes: fc.nat(0x1800),
    });
    const layout = fc.tuple(fc.nat(0x1fff), fc.array(segment, { minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(layout, ([base, parts]) => {
        let at = 0x20_0000n + BigInt(base);
        const segments = parts.map((part, i) => {
          at += BigInt(part.gap);
          const spec = { virtual: at, data: pattern(part.length, i), memoryBytes: BigInt(part.length + part.zeroes) };
          at += spec.memoryBytes;
          return spec;
        });
        const placement = place(kernel(), rootTask(segments), BOARD);
        const expected = new Uint8Array(Number(placement.userEnd - placement.userStart));
        for (const s of segments) {
          expected.set(s.data, Number(BigInt.asUintN(64, s.virtual + placement.userOffset) - placement.userStart));
        }
        expect(Buffer.from(region(placement)).equals(expected)).toBe(true);
        expect(placement.userStart % 0x1000n).toBe(0n);
        expect(placement.userEnd % 0x1000n).toBe(0n);
        expect(placement.loaderBase).toBeGreaterThanOrEqual(placement.userEnd);
      }),
      { numRuns: 100 },
    );
  });

  const small: SegmentSpec[] = [{ virtual: 0x40_0000n, data: pattern(16) }];
  const kernels: [name: string, change: Partial<SegmentSpec>, message: string][] = [
    [
      'a hypervisor kernel',
      { virtual: 0x80_6000_0000n, physical: 0x6000_0000n },
      'kernel: linked at virtual 0x8060000000, physical 0x60000000: not a kernel for EL1',
    ],
    [
      'another board',
      { physical: 0x8_0000_0000n },
      'kernel: linked for physical 0x800000000, but qemu-virt has its RAM at',
    ],
    ['too large', { memoryBytes: 0x4000_0000n }, 'crosses a 1 GiB boundary'],
    ['not aligned', { physical: 0x4000_1000n }, 'not aligned to 2 MiB'],
  ];
  it.each(kernels)('refuses a kernel: %s', (_, change, message) => {
    // From the end of the first 2 MiB on there is less than 1 GiB left.
    const shifted = change.memoryBytes === undefined ? change : { ...change, virtual: KERNEL_VIRTUAL + 0x20_0000n };
    expect(() => place(kernel(shifted), rootTask(small), BOARD)).toThrow(message);
  });

  it('refuses a kernel with two LOAD segments', () => {
    const two = makeElf({
      segments: [
        { virtual: KERNEL_VIRTUAL, physical: 0x4000_0000n, data: pattern(4) },
        { virtual: KERNEL_VIRTUAL + 0x1000n, physical: 0x4000_1000n, data: pattern(4) },
      ],
    });
    expect(() => place(readElf(two, 'kernel'), rootTask(small), BOARD)).toThrow(
      '2 LOAD segments, expected exactly one',
    );
  });

  it('refuses a root task outside user space', () => {
    const high = rootTask([{ virtual: KERNEL_VIRTUAL, data: pattern(4) }]);
    expect(() => place(kernel(), high, BOARD)).toThrow('root task: linked at 0xffffff8040000000, outside user space');
  });

  it('refuses a root task that does not fit, with the sizes', () => {
    const large = rootTask([{ virtual: 0n, data: pattern(16), memoryBytes: 0x4000_0000n }]);
    expect(() => place(kernel(), large, BOARD)).toThrow(
      'image does not fit qemu-virt: kernel and root task end at 0x8027d000 and the loader with a payload of 9045 bytes ' +
        'needs RAM up to 0x80600000, but RAM is 0x40000000..0x80000000',
    );
  });

  it('refuses more segments than the loader takes', () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ virtual: BigInt(i) * 0x1000n, data: pattern(4) }));
    expect(() => place(kernel(), rootTask(many), BOARD)).toThrow('more LOAD segments than the loader takes (30)');
  });
});

describe('payloadAssembly', () => {
  it('writes the table of kernel/loader/payload.h', () => {
    const placement = place(kernel(), rootTask([{ virtual: 0x40_0100n, data: pattern(300) }]), BOARD);
    const words = [...payloadAssembly(placement, BOARD, 3, 'x').matchAll(/^ {4}\.quad (.*)$/gm)].map((m) => m[1]);
    expect(words).toEqual([
      '0x40000000 /* ram_start */',
      '0x80000000 /* ram_end */',
      '0x40000000 /* kernel_start */',
      '0x4023d000 /* kernel_end */',
      '0xffffff8040000000 /* kernel_virt */',
      '0xffffff8040000000 /* kernel_entry */',
      '0x3 /* segment_count */',
      '0x4027d000 /* user_start */',
      '0x4027e000 /* user_end */',
      '0x3fe7d000 /* user_pv_offset */',
      '0x400100 /* user_entry */',
      '0x4023d000 /* dtb_destination */',
      '0x3 /* gic_version */',
      'payload_0, 0x2345, 0x40000000, 0x23d000',
      'payload_1, 0x0, 0x4027d000, 0x100',
      'payload_2, 0x12c, 0x4027d100, 0xf00',
    ]);
  });
});
