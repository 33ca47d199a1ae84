import { authFailed, clockRefused, invalid, keyRefused, outOfService, refused, throttled, unnamed, vendorDown, vendorFault } from './codeMeanings.ts';
import type { CodeMeaning } from './failure.ts';

// The numbers that the vendor's gateways refuse with, in front of either API. Meaning of each code: docs/legacy-api.md,
// "Common codes".
const CODES: Readonly<Record<number, CodeMeaning>> = {
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
  4400: throttled,
  4500: clockRefused,
  4600: refused,
  5000: { class: 'definite', problem: 'upstream-error', onTask: 'task-not-found' },
  5100: vendorFault,
  5200: refused,
  5300: refused,
  5400: unnamed,
  5500: refused,
  6000: vendorDown,
  6100: refused,
  6200: outOfService,
};

/** What a common code means, whichever API was called. */
export function meaningOfGatewayCode(code: number): CodeMeaning {
  return CODES[code] ?? unnamed;
}
