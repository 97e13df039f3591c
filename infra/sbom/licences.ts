/**
 * Licences, by SPDX id, under which anybody may ship a package in a program of their own. A package under another one
 * is a decision.
 */
export const PERMISSIVE = ['Apache-2.0', 'BSD-2-Clause', 'ISC', 'MIT', 'MIT-0', 'Unlicense'] as const;
export type Permissive = (typeof PERMISSIVE)[number];
