// SPDX-License-Identifier: Apache-2.0
// Lint rules for the host-side TypeScript (strict, type-aware) and for AssemblyScript (syntax level only: its types are
// asc's own, and its decorators are not TypeScript's).
import tseslint from 'typescript-eslint';

const assemblyScript = [
  'lib/**/*.ts',
  'domains/**/*.ts',
  'roottask/**/*.ts',
  'ninedoor/**/*.ts',
  'test/**/assembly/**/*.ts',
];

export default tseslint.config(
  { ignores: ['node_modules/**', 'out/**'] },
  {
    files: ['**/*.ts'],
    ignores: assemblyScript,
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': 'off',
      eqeqeq: 'error',
    },
  },
  {
    files: assemblyScript,
    languageOptions: { parser: tseslint.parser, parserOptions: { allowInvalidAST: true } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      // Names with two underscores are the compiler's: it calls them.
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none', varsIgnorePattern: '^__' }],
      'prefer-const': 'error',
      'no-fallthrough': 'error',
      'no-unreachable': 'error',
    },
  },
);
