import { deviceLimitExceeded, invalid, productNotFound, refused, taskNotFound, vendorFault } from '../codeMeanings.ts';
import type { CodeMeaning } from '../failure.ts';
import { meaningOfGatewayCode } from '../gatewayCodes.ts';

// The module's own codes of the contract's table of errors. They are 2000–2999; other modules reuse the numbers of the
// common codes for other things. Meaning of each code: docs/legacy-api.md, "Module codes".
const CODES: Readonly<Record<number, CodeMeaning>> = {
  2000: deviceLimitExceeded,
  2001: refused,
  2002: invalid,
  2004: invalid,
  2006: taskNotFound,
  2008: productNotFound,
  2012: taskNotFound,
  2100: vendorFault,
  2101: { ...invalid, ofDevices: 'invalid-device-name' },
};

/** What a refusal means: by the module code if the table names it, otherwise by the common code. */
export function meaningOf(code: number, moduleCode: number | undefined): CodeMeaning {
  return CODES[moduleCode ?? code] ?? CODES[code] ?? meaningOfGatewayCode(code);
}
