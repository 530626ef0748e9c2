// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the components that run in domains of their own, and from their images the layout and the archive that the
 * root task is compiled and linked with.
 */
import { join } from 'node:path';
import { certificate, type StackBound } from '../analysis/certificate.ts';
import { buildComponent, type BuildContext, type ComponentResult } from '../aot/component.ts';
import { archivePages } from '../layout/archive.ts';
import { readComponentImage, type ComponentImage } from '../layout/component-image.ts';
import { internalError, present } from '../internal.ts';
import { layoutJson } from '../layout/emit/json.ts';
import { rootModule } from '../layout/emit/root-module.ts';
import type { Layout } from '../layout/format.ts';
import { type DomainPlan, moduleName, planArtifacts } from '../layout/index.ts';
import { layoutDomains, orderedImages } from '../layout/layout.ts';
import { writeFiles } from '../manifest/artifacts/write.ts';
import { completed } from '../manifest/schema/manifest.ts';
import { writeArchive } from './archive.ts';
import { domainComponent, type BuildOptions } from './components.ts';

export interface BuiltDomains {
  components: ComponentResult[];
  layout: Layout;
  /** C file with the archive, for the root task's link. */
  archive: string;
}

export interface DomainsOptions extends Omit<BuildOptions, 'directory'> {
  /** Folders of other components in the place of some, by component, for tests. */
  directories?: Readonly<Record<string, string>>;
}

export async function buildDomains(
  plan: DomainPlan,
  options: DomainsOptions,
  context: BuildContext,
): Promise<BuiltDomains> {
  const { outDir } = context;
  writeFiles(outDir, planArtifacts(plan));
  const images = new Map<string, ComponentImage>();
  const components: ComponentResult[] = [];
  const stacks: StackBound[] = [];
  // One after the other: the compiler works in one process, and what follows it is parallel in itself.
  for (const { entry, linearBytes } of plan.domains) {
    if (images.has(entry.component)) continue;
    const directory = options.directories?.[entry.component];
    const spec = domainComponent({
      mode: options.mode,
      ...(directory === undefined ? {} : { directory }),
      ...(options.withNative === undefined ? {} : { withNative: options.withNative }),
      ...(options.faultSources === undefined ? {} : { faultSources: options.faultSources }),
      component: entry.component,
      root: context.root,
      connections: completed(plan.manifest.manifest).network.max_connections,
      moduleName: moduleName(entry.component),
      private_bytes: entry.memory_bytes,
      memory_bytes: linearBytes,
      stack_bytes: entry.stack_bytes,
    });
    const built = await buildComponent(spec, context);
    components.push(built);
    const { stack_used_bytes: worst_case_bytes, stack_path: path } = built.report;
    if (worst_case_bytes === null && options.faultSources === undefined) {
      throw internalError(`the stack of component ${entry.component} has no bound`);
    }
    stacks.push({ component: entry.component, worst_case_bytes, path });
    images.set(entry.component, readComponentImage(entry.component, built.elf, worst_case_bytes ?? undefined));
  }
  const layout = layoutDomains(plan, images);
  const layoutText = layoutJson(layout);
  writeFiles(outDir, [
    { path: 'layout.json', content: layoutText },
    { path: 'certificate.json', content: certificate(plan, layout, layoutText, stacks) },
    { path: 'generated/layout.ts', content: rootModule(plan, layout) },
  ]);
  return { components, layout, archive: archiveOf(plan, images, outDir) };
}

function archiveOf(plan: DomainPlan, images: ReadonlyMap<string, ComponentImage>, outDir: string): string {
  const ordered = orderedImages(plan, images);
  const archive = archivePages(ordered);
  const rows = ordered.map((image) => {
    const text = archive.entries.find((e) => e.component === image.component && e.segment === 'text');
    return {
      name: image.component,
      text_vaddr: image.text,
      text_bytes: image.textPages * 4096,
      first_page: present(text, `text of ${image.component}`).firstPage,
      lines: image.lines,
    };
  });
  return writeArchive(join(outDir, 'archive'), archive.pages, rows);
}
