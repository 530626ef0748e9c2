// SPDX-License-Identifier: Apache-2.0
// The directories that several providers declare files in, with their readers: each is made by whoever comes first.
import * as access from '../namespace/access';
import { Node } from '../namespace/node';
import * as tree from '../namespace/tree';

export function proc(): Node {
  return tree.directory(tree.ROOT, 'proc', access.EVERYONE);
}

export function ninep(): Node {
  return tree.directory(proc(), '9p', access.QUEEN);
}

export function ingest(): Node {
  return tree.directory(proc(), 'ingest', access.QUEEN);
}

export function queen(): Node {
  return tree.directory(tree.ROOT, 'queen', access.QUEEN);
}

export function trace(): Node {
  return tree.directory(tree.ROOT, 'trace', access.QUEEN);
}
