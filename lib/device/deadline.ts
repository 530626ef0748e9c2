// SPDX-License-Identifier: Apache-2.0
// Sums of times that may be as large as a client or a manifest likes.

/** The time `span_ms` after `now_ms`; what no clock will ever reach is u64.MAX_VALUE, which stands for never. */
export function after_ms(now_ms: u64, span_ms: u64): u64 {
  const at_ms = now_ms + span_ms;
  return at_ms < now_ms ? u64.MAX_VALUE : at_ms;
}

/** Seconds in milliseconds; u64.MAX_VALUE where they are more than that. */
export function fromSeconds_ms(seconds: u64): u64 {
  return seconds > u64.MAX_VALUE / 1000 ? u64.MAX_VALUE : seconds * 1000;
}
