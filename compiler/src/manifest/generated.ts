// SPDX-License-Identifier: Apache-2.0
/** What is generated and committed: pages with generated parts, and the JSON Schema that editors read. */
import type { Artifact } from './artifacts/write.ts';
import { pagesIn, regeneratedPage } from './docs-page.ts';
import { manifestJsonSchema } from './json-schema.ts';

/** Paths are relative to the top of the checkout, which is the working directory. */
export function generatedFiles(): Artifact[] {
  return [
    ...pagesIn('docs').map((path) => ({ path, content: regeneratedPage(path) })),
    { path: 'docs/root_task.schema.json', content: schemaText() },
  ];
}

export function schemaText(): string {
  return `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`;
}
