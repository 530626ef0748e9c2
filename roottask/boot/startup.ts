// SPDX-License-Identifier: Apache-2.0
// What the start code in kernel/runtime/roottask hands to the root task: the boot information that the kernel wrote,
// and the account of the objects that it made before the component could run.

/** Word at byte `offset` of the boot information frames (8-byte aligned; 0 beyond them). */
@external("startup", "bootinfo_word")
export declare function bootinfoWord(offset: u32): u64;

/** Number of slots that the start code took, from the first empty one on. */
@external("startup", "slots_used")
export declare function slotsUsed(): u32;

/** Index in the boot information of the untyped memory that the start code took objects from. */
@external("startup", "untyped_index")
export declare function untypedIndex(): u32;

/** Bytes of that untyped memory in use, from its start. */
@external("startup", "untyped_bytes")
export declare function untypedBytes(): u64;

/** Slot of the endpoint to which the kernel sends the root task's own faults. */
@external("startup", "fault_endpoint")
export declare function faultEndpoint(): u64;

/** Slot of the badged capability to it that is the root task's own fault handler. */
@external("startup", "fault_cap")
export declare function faultCap(): u64;

/** Slot of the frame of archive page `index`. */
@external("startup", "archive_frame")
export declare function archiveFrame(index: u32): u64;

/**
 * Source line of thread `tcb`, which runs a component and stopped at `pc`; in a function of the runtime, the line that called
 * it. Returns the line (0: unknown), writes the file's name to `name` and its length, at most `capacity`, to the u32 at
 * `nameLength`.
 */
@external("startup", "source_line")
export declare function sourceLine(
  component: u32,
  pc: u64,
  tcb: u64,
  name: usize,
  capacity: u32,
  nameLength: usize,
): u32;

/** Where a thread stands that does not run at the moment. */
@external("startup", "thread_pc")
export declare function threadPc(tcb: u64): u64;

/** The text of the wasm trap at an address of a component's text; returns its length, 0 if there is no trap. */
@external("startup", "trap_text")
export declare function trapText(component: u32, pc: u64, text: usize, capacity: u32): u32;

/**
 * Lets a thread go on that is, or was just about to be, in a call: if it is, the call returns with an empty reply of this
 * label. Returns an seL4 error code.
 */
@external("startup", "finish_call")
export declare function finishCall(tcb: u64, component: u32, label: u64): u32;

/** Lowest and highest+1 address of a part of the image: see SECTION_*. */
@external("startup", "section_start")
export declare function sectionStart(section: u32): u64;


@external("startup", "section_end")
export declare function sectionEnd(section: u32): u64;

export const SECTION_TEXT: u32 = 0;
export const SECTION_RODATA: u32 = 1;
export const SECTION_DATA: u32 = 2;
export const SECTION_BSS: u32 = 3;
export const SECTION_HEAP: u32 = 4; // linear memory
export const SECTION_STACK: u32 = 5;

/** Tells the fault reporter which device region is the UART. */
@external("startup", "set_fault_console")
export declare function setFaultConsole(region: u32): void;

/** Stops the root task; the machine stays as it is, so that the console can be read. */
@external("startup", "halt")
export declare function halt(): void;
