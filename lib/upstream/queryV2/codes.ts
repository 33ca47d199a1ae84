import type { CodeMeaning } from '../failure.ts';

const authFailed: CodeMeaning = { class: 'definite', problem: 'upstream-auth-failed' };
const keyRefused: CodeMeaning = { class: 'key-refused', problem: 'upstream-auth-failed' };
const clockRefused: CodeMeaning = { class: 'clock-refused', problem: 'upstream-auth-failed' };
const invalid: CodeMeaning = { class: 'definite', problem: 'invalid-request' };
const taskNotFound: CodeMeaning = { class: 'definite', problem: 'task-not-found' };
const refused: CodeMeaning = { class: 'definite', problem: 'upstream-error' };
const vendorFault: CodeMeaning = { class: 'vendor-fault', problem: 'upstream-unavailable' };

/** Every code that is not in the table. */
const unnamed: CodeMeaning = { class: 'inconclusive', problem: 'upstream-error' };

// The contract's table of errors. Meaning of each code: docs/legacy-api.md, "Module codes" and "Common codes".
const CODES: Readonly<Record<number, CodeMeaning>> = {
  2000: { class: 'definite', problem: 'device-limit-exceeded' },
  2001: refused,
  2002: invalid,
  2004: invalid,
  2006: taskNotFound,
  2008: { class: 'definite', problem: 'product-not-found' },
  2012: taskNotFound,
  2100: vendorFault,
  2101: invalid,
  4000: invalid,
  4100: keyRefused,
  4101: authFailed,
  4102: authFailed,
  4103: authFailed,
  4104: keyRefused,
  4105: keyRefused,
  4106: authFailed,
  4107: authFailed,
  4108: authFailed,
  4109: authFailed,
  4110: authFailed,
  4200: clockRefused,
  4300: authFailed,
  4400: { class: 'throttled', problem: 'upstream-rate-limited' },
  4500: clockRefused,
  4600: refused,
  5000: { class: 'definite', problem: 'upstream-error', onTask: 'task-not-found' },
  5100: vendorFault,
  5200: refused,
  5300: refused,
  5400: { class: 'inconclusive', problem: 'upstream-error' },
  5500: refused,
  6000: { class: 'vendor-down', problem: 'upstream-unavailable' },
  6100: refused,
  6200: { class: 'out-of-service', problem: 'upstream-unavailable' },
};

/** The module's own codes are 2000–2999; other modules reuse the numbers of the common codes for other things. */
function isOwnModuleCode(code: number): boolean {
  return code >= 2000 && code < 3000;
}

/** What a refusal means: by the module code if the table names it, otherwise by the common code. */
export function meaningOf(code: number, moduleCode: number | undefined): CodeMeaning {
  const ownMeaning = moduleCode !== undefined && isOwnModuleCode(moduleCode) ? CODES[moduleCode] : undefined;
  return ownMeaning ?? CODES[code] ?? unnamed;
}
