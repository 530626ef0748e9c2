#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The command in a checkout, where its sources run as they are; tools/bundle-runner.ts makes the one that leaves it.
import 'tsx';

await import('../src/command.ts');
