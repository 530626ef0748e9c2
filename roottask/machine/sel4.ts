// The kernel, as components see it: seL4's own calls, one import each, under libsel4's names in lower snake case.
// kernel/runtime/machine/sel4.c implements them in the image, test/sim/ in Node. Every call that returns `u32` returns
// an seL4 error code (0: none). Capability pointers are slots of the caller's own capability space.

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


@external("sel4", "page_table_map")
export declare function pageTableMap(pageTable: u64, vspace: u64, vaddr: u64, attributes: u64): u32;


@external("sel4", "page_map")
export declare function pageMap(page: u64, vspace: u64, vaddr: u64, rights: u64, attributes: u64): u32;


@external("sel4", "page_get_address")
export declare function pageGetAddress(page: u64): u64;


@external("sel4", "irq_control_get_trigger")
export declare function irqControlGetTrigger(control: u64, irq: u64, edge: u64, root: u64, index: u64, depth: u64): u32;


@external("sel4", "irq_handler_set_notification")
export declare function irqHandlerSetNotification(handler: u64, notification: u64): u32;


@external("sel4", "irq_handler_ack")
export declare function irqHandlerAck(handler: u64): u32;

/** Blocks until the notification is signalled; returns its badge word. */
@external("sel4", "wait")
export declare function wait(notification: u64): u64;
