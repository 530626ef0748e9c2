// SPDX-License-Identifier: Apache-2.0
// Tgetattr: the attributes of a file, as struct stat has them.
import { wallS } from '../platform';
import * as attributes from '../namespace/attributes';
import * as paths from '../namespace/paths';
import { NO_FID } from '../session/fid';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import * as guard from './guard';

/** All of struct stat (P9_GETATTR_BASIC). */
const VALID_BASIC: u64 = 0x7ff;

export function handle(r: Request, out: Reply): u32 {
  const number = r.word();
  r.long(); // which attributes are wanted: all basic ones are given
  const f = guard.known(r, number);
  if (f === NO_FID) return r.refusal;
  const size = attributes.size(r.session, f);
  out.answer(r);
  out.long(VALID_BASIC);
  out.qid(paths.qidType(f.node), f.qidPath);
  out.word(attributes.mode(r.session, f));
  out.word(0); // uid
  out.word(0); // gid
  out.long(f.node.isDirectory ? 2 : 1); // nlink
  out.long(0); // rdev
  out.long(size);
  out.long(attributes.BLOCK_BYTES);
  out.long((size + 511) / 512); // st_blocks counts in 512 bytes, whatever the block size
  const now_s = wallS();
  for (let i = 0; i < 3; i++) {
    out.long(now_s); // atime, mtime, ctime: content is made when it is read
    out.long(0);
  }
  for (let i = 0; i < 4; i++) out.long(0); // btime, gen, data_version: not valid
  return errors.NONE;
}
