// SPDX-License-Identifier: Apache-2.0
// Tstatfs: the file system as a whole. Nothing of it lies on a disk.
import { NAME_BYTES } from '../limits';
import { NO_FID } from '../session/fid';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import { BLOCK_BYTES } from '../namespace/attributes';
import * as guard from './guard';

/** V9FS_MAGIC, as the Linux client shows it in statfs. */
const FILE_SYSTEM_TYPE: u32 = 0x01021997;

export function handle(r: Request, out: Reply): u32 {
  if (guard.known(r, r.word()) === NO_FID) return r.refusal;
  out.answer(r);
  out.word(FILE_SYSTEM_TYPE);
  out.word(BLOCK_BYTES);
  for (let i = 0; i < 5; i++) out.long(0); // blocks, free, available, files, free files
  out.long(0); // fsid
  out.word(NAME_BYTES);
  return errors.NONE;
}
