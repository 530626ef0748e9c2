// Paths of directory entries: that of the directory where the walker stands, and the entry's name.
import { PATH_BYTES } from '../limits';
import * as listing from '../namespace/listing';
import * as paths from '../namespace/paths';
import * as walker from '../namespace/walker';

const buffer = memory.data(PATH_BYTES);

/** qid.path of the entry that listing.next found. */
export function qidPath(): u64 {
  let bytes = walker.pathBytes();
  memory.copy(buffer, walker.path(), bytes);
  if (bytes > 1) {
    store<u8>(buffer + bytes, 0x2f);
    bytes++;
  }
  memory.copy(buffer + bytes, listing.name(), listing.nameBytes);
  return paths.qidPath(buffer, bytes + listing.nameBytes);
}
