// Checking a ticket: its text, its MAC and its claims. The server asks `check` and then reads the claims record.
//
//   claims   +0 role u8 · +1 flags u8 (HAS_*) · +2 scope count u8 · +4 digest u32 (first bytes of SHA-256 of the token)
//            +8 ticks u64 · +16 ops u64 · +24 ttl_s u64         u64.MAX_VALUE where the ticket sets none
//            +32 issued_at_ms u64 · +40 bandwidth_bytes u64 · +48 cursor_resumes u32 · +52 cursor_advances u32   0: none
//            +56 subject bytes u32 · +60 subject[256] · +316 scopes: MAX_SCOPES × SCOPE_BYTES
//   scope    +0 verb u8 (0 read, 1 write, 2 both) · +2 path bytes u16 · +4 rate_per_s u32 (0: unlimited) · +8 path[256]

export const MAX_SCOPES: u32 = 16;
export const SCOPE_BYTES: u32 = 264;
export const SCOPES: u32 = 316;
export const CLAIMS_BYTES: u32 = SCOPES + MAX_SCOPES * SCOPE_BYTES + 4;

export const HAS_SUBJECT: u32 = 1;

export const OK: u32 = 0;
/** No key is registered for the role. */
export const NO_KEY: u32 = 1;
/** The token is not valid; reasonText says why. */
export const REJECTED: u32 = 2;

/** Checks a token against the key of `role` and fills `claims` (CLAIMS_BYTES, 8-byte aligned). */
export function check(_role: u32, _token: usize, _bytes: u32, _claims: usize): u32 {
  return NO_KEY;
}

/** Writes why check() answered REJECTED, in the words of the specification. */
export function writeReason(_writer: usize): void {}
