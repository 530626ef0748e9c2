// SPDX-License-Identifier: Apache-2.0
// Tlopen: the way in which a fid will be used, in Linux's flags of open(2).
import { APPEND, NO_FID } from '../session/fid';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import * as guard from './guard';
import * as opening from './opening';

// Flags, in Linux's octal values. Others (O_TRUNC, O_NONBLOCK …) change nothing here and are let through.
const O_CREAT: u32 = 0o100;
const O_APPEND: u32 = 0o2000;
const O_DIRECTORY: u32 = 0o200000;

export function handle(r: Request, out: Reply): u32 {
  const number = r.word();
  const flags = r.word();
  const f = guard.used(r, number);
  if (f === NO_FID) return r.refusal;
  if (opening.accessOf(flags) === opening.ACCESS_EXECUTE) {
    return errors.failNumber(errors.INVALID, 'invalid open mode ', flags, '');
  }
  // O_CREAT on a file that is there opens it, as open(2) does.
  if ((flags & O_CREAT) !== 0 && f.node.isDirectory) return errors.fail(errors.NOT_ALLOWED, 'create is disabled');
  if ((flags & O_DIRECTORY) !== 0 && !f.node.isDirectory) return errors.fail(errors.NOT_DIRECTORY, 'not a directory');
  const uses = opening.usesOf(flags);
  return opening.open(r, out, f, (flags & O_APPEND) !== 0 ? uses | APPEND : uses);
}
