import fc from 'fast-check';
import type { Environment } from '../../lib/environment.ts';
import type { ProblemCode } from '../../lib/errors.ts';
import { refuse, succeed, type RecordedRequest, type ScriptedAnswer } from './scriptedUpstream.ts';

export interface TestDevice {
  readonly deviceName: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** One of the vendor's APIs, as the suites that hold for all of them need to know it. */
export interface TestVendorApi {
  /** As the emulator and the fault proxy name them. */
  readonly actions: { readonly status: string; readonly results: string; readonly creation: string };
  /** What the emulator notes of a call that succeeds, and of one whose timestamp it refuses. */
  readonly codes: { readonly success: number | string; readonly clockRefused: number | string };
  /** The session token a call is signed with. */
  readonly tokenOf: (request: RecordedRequest) => string | undefined;
  /** What makes the service call this API there. @param origin without a path */
  readonly configure: (origin: string) => Environment;
  readonly answers: {
    readonly created: (taskId: string) => ScriptedAnswer;
    /** To a question for the status. */
    readonly running: ScriptedAnswer;
    /** To both questions of a read. */
    readonly completed: (devices: readonly TestDevice[]) => ScriptedAnswer;
    readonly refusedToken: ScriptedAnswer;
  };
  /** The contract's table of errors, on a creation. */
  readonly refusals: {
    readonly refuse: (code: number | string) => ScriptedAnswer;
    /** Codes that say that nothing was done, and the problem each of them is. */
    readonly definite: readonly (readonly [code: number | string, problem: ProblemCode])[];
    readonly inconclusive: readonly (number | string)[];
    /** Answers with codes the table does not name. */
    readonly unnamed: fc.Arbitrary<ScriptedAnswer>;
  };
}

const DEFINITE_IN_V2 = [
  ['invalid-request', [4000, 2002, 2004, 2101]],
  ['task-not-found', [2006, 2012]],
  ['product-not-found', [2008]],
  ['device-limit-exceeded', [2000]],
  ['upstream-rate-limited', [4400]],
  ['upstream-unavailable', [6200]],
  ['upstream-auth-failed', [4100, 4101, 4102, 4103, 4104, 4105, 4106, 4107, 4108, 4109, 4110, 4200, 4300, 4500]],
  ['upstream-error', [2001, 4600, 5000, 5200, 5300, 5500, 6100]],
] as const;
const definiteInV2 = DEFINITE_IN_V2.flatMap(([problem, codes]) => codes.map((code) => [code, problem] as const));
const inconclusiveInV2 = [2100, 5100, 5400, 6000];
const namedInV2 = new Set<number>([0, ...definiteInV2.map(([code]) => code), ...inconclusiveInV2]);
const unnamedInV2 = fc.oneof(fc.integer({ min: 1, max: 12_000 }), fc.integer()).filter((code) => !namedInV2.has(code));

const queryV2: TestVendorApi = {
  actions: { status: 'GetCreateMultiDevTask', results: 'GetMultiDevices', creation: 'CreateMultiDevice' },
  codes: { success: 0, clockRefused: 4500 },
  tokenOf: ({ params }) => params['Token'],
  configure: (origin) => ({ IOTCLOUD_ENDPOINT: `${origin}/v2/index.php` }),
  answers: {
    created: (taskID) => succeed({ taskID }),
    running: succeed({ taskStatus: 1 }),
    completed: (devices) => {
      const list = devices.map(({ deviceName, certificate, privateKey }) => ({ deviceName, result: 0, deviceCert: certificate, devicePrivateKey: privateKey }));
      return succeed({ taskStatus: 2, totalDevNum: list.length, listCreateDeviceInfo: list });
    },
    refusedToken: refuse(4105),
  },
  refusals: {
    // As the vendor writes it: a code of the module stands in the text.
    refuse: (code) => (Number(code) >= 2000 && Number(code) < 3000 ? refuse(5000, `（${code}）文本`) : refuse(code)),
    definite: definiteInV2,
    inconclusive: inconclusiveInV2,
    unnamed: fc
      .tuple(unnamedInV2, fc.option(unnamedInV2, { nil: undefined }))
      .map(([code, moduleCode]) => refuse(code, moduleCode === undefined ? '' : `(${moduleCode})text`)),
  },
};

const vendorApis: Readonly<Record<string, TestVendorApi>> = { v2: queryV2 };

function findVendorApi(name: string): TestVendorApi {
  const found = vendorApis[name];
  if (found === undefined) throw new Error(`no API of the vendor's is called ${name}`);
  return found;
}

/** The API this run is about: `TEST_VENDOR_API` names it, so that one suite runs over each of them. */
export const vendorApi = findVendorApi(process.env['TEST_VENDOR_API'] ?? 'v2');
