// SPDX-License-Identifier: Apache-2.0
/**
 * The capability layout as a library, for the image builder: `planDomains` from the manifest, `planArtifacts` before
 * components are compiled, `layoutDomains` from the components' images, `layoutArtifacts` before the root task is.
 */
import type { Artifact } from '../manifest/artifacts/write.ts';
import { domainModules } from './emit/domain-module.ts';
import { layoutJson } from './emit/json.ts';
import { layoutPage } from './emit/page.ts';
import { rootModule } from './emit/root-module.ts';
import type { Layout } from './format.ts';
import type { DomainPlan } from './plan.ts';

export { archivePages, type Archive } from './archive.ts';
export { type ComponentImage, readComponentImage } from './component-image.ts';
export { layoutDomains, orderedImages } from './layout.ts';
export { type DomainPlan, moduleName, type PlannedDomain } from './plan.ts';
export { planDomains } from './planner.ts';

/** Paths are below the output directory of a build. */
export function planArtifacts(plan: DomainPlan): Artifact[] {
  return [...domainModules(plan), { path: 'capability-layout.md', content: layoutPage(plan) }];
}

export function layoutArtifacts(plan: DomainPlan, layout: Layout): Artifact[] {
  return [
    { path: 'layout.json', content: layoutJson(layout) },
    { path: 'generated/layout.ts', content: rootModule(plan, layout) },
  ];
}
