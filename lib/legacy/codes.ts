import type { ProblemCode } from '../errors.ts';
import type { LegacyFailure } from './failure.ts';

export type Refusal = Extract<LegacyFailure, { kind: 'refusal' }>;

// Source of both tables: docs/legacy-api.md, "Module codes" and "Common codes".
const BY_MODULE_CODE: Readonly<Record<number, ProblemCode>> = {
  2000: 'device-limit-exceeded',
  2002: 'invalid-request',
  2004: 'invalid-request',
  2006: 'task-not-found',
  2008: 'product-not-found',
  2012: 'task-not-found',
  2100: 'upstream-unavailable',
  2101: 'invalid-request',
};

const BY_COMMON_CODE: Readonly<Record<number, ProblemCode>> = {
  4000: 'invalid-request',
  4200: 'upstream-auth-failed',
  4300: 'upstream-auth-failed',
  4400: 'upstream-rate-limited',
  4500: 'upstream-auth-failed',
  5100: 'upstream-unavailable',
  6000: 'upstream-unavailable',
  6200: 'upstream-unavailable',
};

/** The code that decides: the module code where the table names it, otherwise the common code. */
export function decidingCode(refusal: Refusal): number {
  const { code, moduleCode } = refusal;
  return moduleCode !== undefined && moduleCode in BY_MODULE_CODE ? moduleCode : code;
}

/** The problem a deciding code stands for; `upstream-error` for every code the tables do not name. */
export function problemOfCode(code: number): ProblemCode {
  if (code >= 4100 && code <= 4110) return 'upstream-auth-failed';
  return BY_MODULE_CODE[code] ?? BY_COMMON_CODE[code] ?? 'upstream-error';
}
