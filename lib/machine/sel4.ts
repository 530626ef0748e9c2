// SPDX-License-Identifier: Apache-2.0
// The kernel, as components see it: seL4's own calls, one import each, under libsel4's names in lower snake case.
// kernel/runtime/machine/ implements them in the image, test/sim/ in Node. Every call that returns `u32` returns an seL4
// error code (0: none). Capability pointers are slots of the caller's own capability space.

// ---- objects: only the root task may import these ----

@external("sel4", "untyped_retype")
export declare function untypedRetype(
  untyped: u64,
  objectType: u64,
  sizeBits: u64,
  root: u64,
  nodeIndex: u64,
  nodeDepth: u64,
  nodeOffset: u64,
  count: u64,
): u32;


@external("sel4", "cnode_copy")
export declare function cnodeCopy(
  root: u64,
  destIndex: u64,
  destDepth: u64,
  sourceRoot: u64,
  sourceIndex: u64,
  sourceDepth: u64,
  rights: u64,
): u32;


@external("sel4", "cnode_mint")
export declare function cnodeMint(
  root: u64,
  destIndex: u64,
  destDepth: u64,
  sourceRoot: u64,
  sourceIndex: u64,
  sourceDepth: u64,
  rights: u64,
  badge: u64,
): u32;


@external("sel4", "cnode_delete")
export declare function cnodeDelete(root: u64, index: u64, depth: u64): u32;


@external("sel4", "cnode_revoke")
export declare function cnodeRevoke(root: u64, index: u64, depth: u64): u32;


@external("sel4", "page_table_map")
export declare function pageTableMap(pageTable: u64, vspace: u64, vaddr: u64, attributes: u64): u32;


@external("sel4", "page_map")
export declare function pageMap(page: u64, vspace: u64, vaddr: u64, rights: u64, attributes: u64): u32;


@external("sel4", "page_unmap")
export declare function pageUnmap(page: u64): u32;

/** Physical address of a frame; all ones if it is none. */
@external("sel4", "page_get_address")
export declare function pageGetAddress(page: u64): u64;


@external("sel4", "asid_pool_assign")
export declare function asidPoolAssign(pool: u64, vspace: u64): u32;


@external("sel4", "irq_control_get_trigger")
export declare function irqControlGetTrigger(control: u64, irq: u64, edge: u64, root: u64, index: u64, depth: u64): u32;


@external("sel4", "irq_handler_set_notification")
export declare function irqHandlerSetNotification(handler: u64, notification: u64): u32;

// ---- threads: only the root task ----

@external("sel4", "tcb_configure")
export declare function tcbConfigure(
  tcb: u64,
  faultEndpoint: u64,
  cspaceRoot: u64,
  cspaceData: u64,
  vspaceRoot: u64,
  ipcBuffer: u64,
  ipcBufferFrame: u64,
): u32;


@external("sel4", "tcb_set_space")
export declare function tcbSetSpace(
  tcb: u64,
  faultEndpoint: u64,
  cspaceRoot: u64,
  cspaceData: u64,
  vspaceRoot: u64,
): u32;


@external("sel4", "tcb_set_sched_params")
export declare function tcbSetSchedParams(tcb: u64, authority: u64, mcp: u64, priority: u64): u32;


@external("sel4", "tcb_bind_notification")
export declare function tcbBindNotification(tcb: u64, notification: u64): u32;

/** Sets pc, sp, x0 to x2 and zeroes the rest, and starts the thread. */
@external("sel4", "tcb_start")
export declare function tcbStart(tcb: u64, pc: u64, sp: u64, x0: u64, x1: u64, x2: u64): u32;

// ---- messages ----

/** Message register `index` of the message last received, or to be sent next. */
@external("sel4", "get_mr")
export declare function getMr(index: u32): u64;


@external("sel4", "set_mr")
export declare function setMr(index: u32, value: u64): void;

/** Label of the message last received. */
@external("sel4", "label")
export declare function label(): u64;

/** Length in words of the message last received. */
@external("sel4", "length")
export declare function length(): u32;

/** Sends a request of `words` message registers and waits for the reply; returns its label. */
@external("sel4", "call")
export declare function call(endpoint: u64, label: u64, words: u32): u64;

/** Receives a message, or a signal of the bound notification; returns the badge. */
@external("sel4", "recv")
export declare function recv(endpoint: u64): u64;

/** Like `recv`, but does not wait: 0 if nothing has come. */
@external("sel4", "nb_recv")
export declare function nbRecv(endpoint: u64): u64;

/** Answers the call that was received last. */
@external("sel4", "reply")
export declare function reply(label: u64, words: u32): void;

/** `reply`, then `recv`, in one step. */
@external("sel4", "reply_recv")
export declare function replyRecv(endpoint: u64, label: u64, words: u32): u64;

// ---- notifications and interrupts ----

@external("sel4", "signal")
export declare function signal(notification: u64): void;

/** Blocks until the notification is signalled; returns its badge word. */
@external("sel4", "wait")
export declare function wait(notification: u64): u64;

/** The badge word of the notification, 0 if it was not signalled. */
@external("sel4", "poll")
export declare function poll(notification: u64): u64;


@external("sel4", "irq_handler_ack")
export declare function irqHandlerAck(handler: u64): u32;
