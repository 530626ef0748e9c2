// SPDX-License-Identifier: Apache-2.0
// Tstat: the stat entry of a file.
import { NO_FID } from '../session/fid';
import * as walker from '../namespace/walker';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import * as directory from './directory';
import * as guard from './guard';

export function handle(r: Request, out: Reply): u32 {
  const f = guard.known(r, r.word());
  if (f === NO_FID) return r.refusal;
  walker.at(r.session, f);
  // The name is the last component of the path; the root's is `/`.
  let nameBytes: u32 = 1;
  let name = walker.path();
  if (walker.pathBytes() > 1) {
    name += walker.pathBytes();
    nameBytes = 0;
    while (load<u8>(name - 1) !== 0x2f) {
      name--;
      nameBytes++;
    }
  }
  const bytes = directory.buildEntry(r.session, f, f.qidPath, name, nameBytes);
  out.answer(r);
  out.text(directory.entry, bytes);
  return errors.NONE;
}
