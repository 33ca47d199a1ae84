import fc from 'fast-check';
import { refuse, succeed } from './scriptedUpstream.ts';
import { listCodes, type TestVendorApi } from './vendorApi.ts';

const definite = listCodes({
  'invalid-request': [4000, 2002, 2004, 2101],
  'task-not-found': [2006, 2012],
  'product-not-found': [2008],
  'device-limit-exceeded': [2000],
  'upstream-rate-limited': [4400],
  'upstream-unavailable': [6200],
  'upstream-auth-failed': [4100, 4101, 4102, 4103, 4104, 4105, 4106, 4107, 4108, 4109, 4110, 4200, 4300, 4500],
  'upstream-error': [2001, 4600, 5000, 5200, 5300, 5500, 6100],
});
const inconclusive = [2100, 5100, 5400, 6000];
const named = new Set<number>([0, ...definite.map(([code]) => code), ...inconclusive]);
const unnamedCode = fc.oneof(fc.integer({ min: 1, max: 12_000 }), fc.integer()).filter((code) => !named.has(code));

export const queryV2Api: TestVendorApi = {
  name: 'v2',
  actions: { status: 'GetCreateMultiDevTask', results: 'GetMultiDevices', creation: 'CreateMultiDevice' },
  codes: { success: 0, clockRefused: 4500 },
  tokenOf: ({ params }) => params['Token'],
  firstNameOf: ({ content }) => new URLSearchParams(content).get('listDeviceName.0') ?? '',
  configure: (origin) => ({ IOTCLOUD_ENDPOINT: `${origin}/v2/index.php` }),
  answers: {
    running: (taskID) => succeed({ taskID, taskStatus: 1 }),
    completed: (devices) => {
      const list = devices.map(({ deviceName, certificate, privateKey }) => ({ deviceName, result: 0, deviceCert: certificate, devicePrivateKey: privateKey }));
      return succeed({ taskStatus: 2, totalDevNum: list.length, listCreateDeviceInfo: list });
    },
    refusedToken: refuse(4105),
  },
  refusals: {
    // As the vendor writes it: a code of the module stands in the text.
    refuse: (code) => (Number(code) >= 2000 && Number(code) < 3000 ? refuse(5000, `（${code}）文本`) : refuse(code)),
    definite,
    inconclusive,
    unnamed: fc
      .tuple(unnamedCode, fc.option(unnamedCode, { nil: undefined }))
      .map(([code, moduleCode]) => refuse(code, moduleCode === undefined ? '' : `(${moduleCode})text`)),
  },
};
