// SPDX-License-Identifier: Apache-2.0
// Numbers of 9P2000 and 9P2000.L.

export const NO_TAG: u32 = 0xffff;
/** Stands for no fid, in the words of attach(5). */
export const NOFID: u32 = 0xffffffff;
/** size[4] type[1] tag[2]. */
export const HEADER_BYTES: u32 = 7;
/** What precedes the data in Rread: header and count[4]. */
export const READ_HEADER_BYTES: u32 = 11;
/** What a client must leave room for in a frame that carries data: the 9P convention (IOHDRSZ). */
export const IO_HEADER_BYTES: u32 = 24;
export const QID_BYTES: u32 = 13;

export const R_LERROR: u32 = 7;
export const T_STATFS: u32 = 8;
export const T_LOPEN: u32 = 12;
export const T_LCREATE: u32 = 14;
export const T_SYMLINK: u32 = 16;
export const T_MKNOD: u32 = 18;
export const T_RENAME: u32 = 20;
export const T_READLINK: u32 = 22;
export const T_GETATTR: u32 = 24;
export const T_SETATTR: u32 = 26;
export const T_XATTRWALK: u32 = 30;
export const T_XATTRCREATE: u32 = 32;
export const T_READDIR: u32 = 40;
export const T_FSYNC: u32 = 50;
export const T_LOCK: u32 = 52;
export const T_GETLOCK: u32 = 54;
export const T_LINK: u32 = 70;
export const T_MKDIR: u32 = 72;
export const T_RENAMEAT: u32 = 74;
export const T_UNLINKAT: u32 = 76;
export const T_VERSION: u32 = 100;
export const T_AUTH: u32 = 102;
export const T_ATTACH: u32 = 104;
export const R_ERROR: u32 = 107;
export const T_FLUSH: u32 = 108;
export const T_WALK: u32 = 110;
export const T_OPEN: u32 = 112;
export const T_CREATE: u32 = 114;
export const T_READ: u32 = 116;
export const T_WRITE: u32 = 118;
export const T_CLUNK: u32 = 120;
export const T_REMOVE: u32 = 122;
export const T_STAT: u32 = 124;
export const T_WSTAT: u32 = 126;

export const QT_DIRECTORY: u32 = 0x80;
export const QT_APPEND: u32 = 0x40;
export const QT_FILE: u32 = 0x00;

/** Which client talks in a session: it decides how refusals and listings look (docs/secure9p.md). */
export const DIALECT_COMPACT: u32 = 0; // 9P2000.L name, classic messages, Rerror with code and text
export const DIALECT_LINUX: u32 = 1; // 9P2000.L
export const DIALECT_CLASSIC: u32 = 2; // 9P2000
