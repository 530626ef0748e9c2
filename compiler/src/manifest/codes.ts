// SPDX-License-Identifier: Apache-2.0
/** What a diagnostic code is made of, and the codes of everything before the rules: options, files, TOML, schema. */

/** By code: why the compiler refuses, and what to do. Both are complete sentences without the values of one case. */
export type CodeTable = Readonly<Record<string, { readonly cause: string; readonly fix: string }>>;

export const inputCodes: CodeTable = {
  COH0002: {
    cause: 'The manifest is named on the command line, and nothing readable has that name.',
    fix: 'check the spelling and the working directory',
  },
  COH0003: {
    cause: 'The operating system refused to read the file.',
    fix: 'check the permissions of the file',
  },
  COH0004: {
    cause: 'The operating system refused to write an artifact.',
    fix: 'check the output directory, its permissions and the space left',
  },
  COH0005: {
    cause: 'Something failed inside the compiler; no manifest may cause that.',
    fix: 'report it together with the manifest',
  },
  COH0006: {
    cause: 'Layout and manifest carry a hash that ties them to each other, and these two differ.',
    fix: 'build the image from this manifest again, or name its own manifest',
  },
  COH0007: {
    cause: 'The question is about a path that the image of this manifest does not have, whoever asks.',
    fix: 'correct the path; docs/namespace.md lists the tree',
  },
  COH0101: {
    cause: 'The text is not TOML 1.0, so nothing in the file was read.',
    fix: 'correct the syntax at the marked place; https://toml.io/en/v1.0.0 has the grammar',
  },
  COH0102: {
    cause: 'TOML files are UTF-8; the marked place holds a byte that is not.',
    fix: 'save the file as UTF-8',
  },
  COH0103: {
    cause: 'A manifest is limited to 1 MiB, which is hundreds of times more than a real one needs.',
    fix: 'check that this is the file you meant',
  },
  COH0104: {
    cause: 'The compiler bounds how deep arrays and inline tables nest; the schema itself needs three levels.',
    fix: 'flatten the value',
  },
  COH0105: {
    cause: 'The key or table is defined further up, by itself, as part of a dotted key or inside an inline table.',
    fix: 'remove one of the two definitions, or put their keys together',
  },
  COH0111: {
    cause: 'A manifest extends other manifests, which are files.',
    fix: 'write `extends = "base.toml"`, or a list of such paths',
  },
  COH0112: {
    cause: "Paths in `extends` are relative to the manifest's directory; nothing readable has that name.",
    fix: 'correct the path',
  },
  COH0113: {
    cause: 'A manifest that extends itself has no end.',
    fix: 'remove one of the `extends`',
  },
  COH0114: {
    cause: 'Nobody can tell any more what stands in such a manifest.',
    fix: 'merge some of the manifests',
  },
  COH0115: {
    cause: 'Of several bases none comes first, so that their order does not decide.',
    fix: 'set the key in the manifest itself, or in one of the bases only',
  },
  COH0201: {
    cause: 'A key that nobody reads is a mistake waiting to be found at run time, so every unknown key is refused.',
    fix: 'correct the key or remove it',
  },
  COH0202: {
    cause: 'The key has no default, or its table must be given whole.',
    fix: 'add the key',
  },
  COH0203: {
    cause: 'The table holds keys without a default.',
    fix: 'add the table',
  },
  COH0204: {
    cause: 'The value has another type than the schema says; nothing is converted silently.',
    fix: 'write a value of that type',
  },
  COH0205: {
    cause: 'The number does not fit the type that components use for this key.',
    fix: 'write a number in that range',
  },
  COH0206: {
    cause: 'The key takes one of a fixed list of words.',
    fix: 'write one of them',
  },
  COH0207: {
    cause: 'Infinity, not-a-number and numbers beyond 32-bit floats cannot be written to JSON and back.',
    fix: 'write an ordinary number',
  },
  COH0301: {
    cause: 'Generated parts of a page start with `<!-- coh-rtc:NAME -->` and end with `<!-- coh-rtc:end -->`.',
    fix: 'correct the marker; NAME is `keys`, `codes` or `layout_…`',
  },
  COH0302: {
    cause: 'The marked line differs from what the sources give now.',
    fix: 'run `coh-rtc docs` and commit the result',
  },
};
