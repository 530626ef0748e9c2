// Addresses of the image, as words whose first byte is the lowest: those of QEMU's user network.

function address(a: u32, b: u32, c: u32, d: u32): u32 {
  return a | (b << 8) | (c << 16) | (d << 24);
}

export const ADDRESS: u32 = address(10, 0, 2, 15);
export const NETMASK: u32 = address(255, 255, 255, 0);
export const GATEWAY: u32 = address(10, 0, 2, 2);
