import type { CodeMeaning } from './failure.ts';

// What more than one code means, in whichever of the vendor's APIs.

export const invalid: CodeMeaning = { class: 'definite', problem: 'invalid-request' };
export const taskNotFound: CodeMeaning = { class: 'definite', problem: 'task-not-found' };
export const productNotFound: CodeMeaning = { class: 'definite', problem: 'product-not-found', ofDevices: 'product-not-found' };
export const deviceLimitExceeded: CodeMeaning = { class: 'definite', problem: 'device-limit-exceeded', ofDevices: 'device-limit-exceeded' };
export const authFailed: CodeMeaning = { class: 'definite', problem: 'upstream-auth-failed' };
export const keyRefused: CodeMeaning = { class: 'key-refused', problem: 'upstream-auth-failed' };
export const clockRefused: CodeMeaning = { class: 'clock-refused', problem: 'upstream-auth-failed' };
export const throttled: CodeMeaning = { class: 'throttled', problem: 'upstream-rate-limited' };
export const refused: CodeMeaning = { class: 'definite', problem: 'upstream-error' };
export const outOfService: CodeMeaning = { class: 'out-of-service', problem: 'upstream-unavailable' };
export const vendorFault: CodeMeaning = { class: 'vendor-fault', problem: 'upstream-unavailable' };
export const vendorDown: CodeMeaning = { class: 'vendor-down', problem: 'upstream-unavailable' };

/** Of every code that no table has. */
export const unnamed: CodeMeaning = { class: 'inconclusive', problem: 'upstream-error' };
