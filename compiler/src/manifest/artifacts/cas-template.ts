// SPDX-License-Identifier: Apache-2.0
/** The form that cas-tool fills in to make a CAS manifest; its keys stand in alphabetical order. */
import type { Manifest } from '../schema/manifest.ts';

export function casTemplate({ cas }: Manifest): string {
  const template = {
    chunk_bytes: cas.store.chunk_bytes,
    chunks: ['<sha256-hex>'],
    delta: cas.delta.enable ? { base_epoch: '<epoch>', base_sha256: '<sha256-hex>' } : null,
    epoch: '<epoch>',
    payload_bytes: '<payload-bytes>',
    payload_sha256: '<sha256-hex>',
    schema: 'cohesix-cas/manifest-v1',
    signature: cas.signing?.required === true ? '<ed25519-signature-hex>' : null,
  };
  return JSON.stringify(template, null, 2);
}
