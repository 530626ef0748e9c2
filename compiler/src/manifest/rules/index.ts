/** All rules in the order in which they are evaluated and reported. */
import type { CodeTable } from '../codes.ts';
export const ruleCodes: CodeTable = {};
