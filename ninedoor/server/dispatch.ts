// SPDX-License-Identifier: Apache-2.0
// The one table of messages: each type with its handler, or why it is refused. A handler answers NONE with its reply
// complete, or a refusal with its text in errors.
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import * as types from '../../lib/wire/types';
import * as attach from './attach';
import * as clunk from './clunk';
import * as flush from './flush';
import * as fsync from './fsync';
import * as getattr from './getattr';
import * as getlock from './getlock';
import * as guard from './guard';
import * as lock from './lock';
import * as lopen from './lopen';
import * as open from './open';
import * as read from './read';
import * as readdir from './readdir';
import * as remove from './remove';
import * as stat from './stat';
import * as statfs from './statfs';
import * as version from './version';
import * as walk from './walk';
import * as write from './write';

export function dispatch(r: Request, out: Reply): u32 {
  switch (r.type) {
    case types.T_VERSION:
      return version.handle(r, out);
    case types.T_AUTH:
      return errors.fail(errors.NOT_FOUND, 'no authentication file: the ticket is the attach name');
    case types.T_ATTACH:
      return attach.handle(r, out);
    case types.T_FLUSH:
      return flush.handle(r, out);
    case types.T_WALK:
      return walk.handle(r, out);
    case types.T_OPEN:
      return open.handle(r, out);
    case types.T_READ:
      return read.handle(r, out);
    case types.T_WRITE:
      return write.handle(r, out);
    case types.T_CLUNK:
      return clunk.handle(r, out);
    case types.T_REMOVE:
      return remove.handle(r);
    default:
      // The messages that 9P2000.L adds have the numbers below Tversion.
      if (r.type < types.T_VERSION) return dispatchLinux(r, out);
      return dispatchClassic(r, out);
  }
}

function dispatchClassic(r: Request, out: Reply): u32 {
  switch (r.type) {
    case types.T_STAT:
      return stat.handle(r, out);
    case types.T_CREATE:
      return refuse(r, 'create is disabled');
    case types.T_WSTAT:
      return refuse(r, 'attributes are fixed');
    default:
      return unsupported(r);
  }
}

function dispatchLinux(r: Request, out: Reply): u32 {
  if (r.session.dialect === types.DIALECT_CLASSIC) return unsupported(r);
  switch (r.type) {
    case types.T_STATFS:
      return statfs.handle(r, out);
    case types.T_LOPEN:
      return lopen.handle(r, out);
    case types.T_GETATTR:
      return getattr.handle(r, out);
    case types.T_READDIR:
      return readdir.handle(r, out);
    case types.T_FSYNC:
      return fsync.handle(r, out);
    case types.T_LOCK:
      return lock.handle(r, out);
    case types.T_GETLOCK:
      return getlock.handle(r, out);
    case types.T_SETATTR:
      return refuse(r, 'attributes are fixed');
    case types.T_LCREATE:
    case types.T_SYMLINK:
    case types.T_MKNOD:
    case types.T_MKDIR:
    case types.T_LINK:
      return refuse(r, 'create is disabled');
    case types.T_RENAME:
    case types.T_RENAMEAT:
      return refuse(r, 'rename is disabled');
    case types.T_UNLINKAT:
      return refuse(r, 'remove is disabled');
    case types.T_READLINK:
      return errors.fail(errors.INVALID, 'not a symbolic link');
    default:
      // Extended attributes among them: EOPNOTSUPP makes the Linux client do without.
      return unsupported(r);
  }
}

function unsupported(r: Request): u32 {
  return errors.failNumber(errors.UNSUPPORTED, 'unsupported message type ', r.type, '');
}

/** What is never done, for nobody; a session that may not work at all hears of that first. */
function refuse(r: Request, text: string): u32 {
  const refusal = guard.attached(r.session);
  return refusal !== errors.NONE ? refusal : errors.fail(errors.NOT_ALLOWED, text);
}
