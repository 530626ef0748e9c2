// SPDX-License-Identifier: Apache-2.0
/**
 * The archive: text and read-only data of all components, each page once, as part of the root task's image. Instances
 * map copies of these frames. The line tables go with it, for the root task's fault reports; they are not mapped
 * anywhere else.
 */
import { PAGE_BYTES } from './address.ts';
import type { ComponentImage } from './component-image.ts';
import type { Layout } from './format.ts';
import { internalError } from '../internal.ts';

export interface Archive {
  /** Whole pages, in the order of `entries`. */
  pages: Uint8Array;
  entries: Layout['archive'];
  /** Line table of each component, in the same order of components. */
  lines: { component: string; bytes: Uint8Array }[];
}

/** The archive of the components in this order: the order of the layout's domains. */
export function archivePages(images: readonly ComponentImage[]): Archive {
  const entries: Layout['archive'] = [];
  let firstPage = 0;
  for (const { component, textPages, rodataPages } of images) {
    for (const [segment, pages] of [
      ['text', textPages],
      ['rodata', rodataPages],
    ] as const) {
      entries.push({ component, segment, pages, firstPage });
      firstPage += pages;
    }
  }
  const pages = Buffer.concat(images.map((image) => image.pages));
  if (pages.length !== firstPage * PAGE_BYTES) throw internalError('component images differ from their page counts');
  return { pages, entries, lines: images.map(({ component, lines }) => ({ component, bytes: lines })) };
}
