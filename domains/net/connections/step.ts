// SPDX-License-Identifier: Apache-2.0
// What one step of a connection came to.

/** A frame was passed on; there may be another. */
export const PASSED: u32 = 0;
/** It needs bytes of the peer. */
export const EMPTY: u32 = 1;
/** It needs credit, or room for the answer. */
export const BLOCKED: u32 = 2;
/** The ring to the server is full. */
export const FULL: u32 = 3;
/** What the peer sent ends the connection. */
export const REFUSED: u32 = 4;
