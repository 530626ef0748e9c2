// SPDX-License-Identifier: Apache-2.0
// One request to its handler. A handler answers NONE with its reply complete, or a refusal with its text in errors.
import { Session } from '../session/session';
import * as errors from '../wire/errors';
import * as types from '../../lib/wire/types';
import * as attach from './attach';
import * as clunk from './clunk';
import * as guard from './guard';
import * as linux from './linux';
import * as lock from './lock';
import * as open from './open';
import * as read from './read';
import * as stat from './stat';
import * as version from './version';
import * as walk from './walk';
import * as write from './write';

export function dispatch(s: Session, type: u32, tag: u32): u32 {
  switch (type) {
    case types.T_VERSION:
      return version.handle(s, tag);
    case types.T_AUTH:
      return errors.fail(errors.NOT_FOUND, 'no authentication file: the ticket is the attach name');
    case types.T_ATTACH:
      return attach.handle(s, tag);
    case types.T_FLUSH:
      return clunk.handleFlush(tag);
    case types.T_WALK:
      return walk.handle(s, tag);
    case types.T_OPEN:
      return open.handleOpen(s, tag);
    case types.T_READ:
      return read.handle(s, tag);
    case types.T_WRITE:
      return write.handle(s, tag);
    case types.T_CLUNK:
      return clunk.handle(s, tag);
    case types.T_REMOVE:
      return clunk.handleRemove(s);
    default:
      if (type < types.T_VERSION) return dispatchLinux(s, type, tag);
      return dispatchClassic(s, type, tag);
  }
}

function dispatchClassic(s: Session, type: u32, tag: u32): u32 {
  switch (type) {
    case types.T_STAT:
      return stat.handle(s, tag);
    case types.T_CREATE:
      return refuse(s, 'create is disabled');
    case types.T_WSTAT:
      return refuse(s, 'attributes are fixed');
    default:
      return errors.failNumber(errors.UNSUPPORTED, 'unsupported message type ', type, '');
  }
}

function dispatchLinux(s: Session, type: u32, tag: u32): u32 {
  if (s.dialect === types.DIALECT_CLASSIC) {
    return errors.failNumber(errors.UNSUPPORTED, 'unsupported message type ', type, '');
  }
  switch (type) {
    case types.T_STATFS:
      return linux.statfs(s, tag);
    case types.T_LOPEN:
      return open.handleLopen(s, tag);
    case types.T_GETATTR:
      return linux.getattr(s, tag);
    case types.T_READDIR:
      return linux.readdir(s, tag);
    case types.T_FSYNC:
      return linux.fsync(s, tag);
    case types.T_LOCK:
      return lock.handleLock(s, tag);
    case types.T_GETLOCK:
      return lock.handleGetlock(s, tag);
    case types.T_SETATTR:
      return refuse(s, 'attributes are fixed');
    case types.T_LCREATE:
    case types.T_SYMLINK:
    case types.T_MKNOD:
    case types.T_MKDIR:
    case types.T_LINK:
      return refuse(s, 'create is disabled');
    case types.T_RENAME:
    case types.T_RENAMEAT:
      return refuse(s, 'rename is disabled');
    case types.T_UNLINKAT:
      return refuse(s, 'remove is disabled');
    case types.T_READLINK:
      return errors.fail(errors.INVALID, 'not a symbolic link');
    default:
      // Extended attributes among them: EOPNOTSUPP makes the Linux client do without.
      return errors.failNumber(errors.UNSUPPORTED, 'unsupported message type ', type, '');
  }
}

/** What an attached session may not do. */
function refuse(s: Session, text: string): u32 {
  const refusal = guard.attached(s);
  return refusal !== errors.NONE ? refusal : errors.fail(errors.NOT_ALLOWED, text);
}
