import { createHmac } from 'node:crypto';

export const emulatorKey = { secretId: 'AKIDemulatortest', secretKey: 'emulator-test-key' };
/** 2026-11-24T10:00:00Z, in milliseconds. */
export const emulatorEpochMs = Date.UTC(2026, 10, 24, 10);

export type TestParams = Record<string, string>;

interface SignInput {
  httpMethod: 'GET' | 'POST';
  host: string;
  params: TestParams;
  secretKey?: string;
}

/** Signs as a client would, by the tests' own reading of the vendor's rules: shares no code with the emulator. */
export function signEmulatorParams({ httpMethod, host, params, secretKey = emulatorKey.secretKey }: SignInput): TestParams {
  const names = Object.keys(params).toSorted();
  const text = names.map((name) => [name.replace(/_/g, '.'), params[name]].join('=')).join('&');
  const hmac = createHmac(params['SignatureMethod'] === 'HmacSHA256' ? 'sha256' : 'sha1', secretKey);
  return { ...params, Signature: hmac.update(`${httpMethod}${host}/v2/index.php?${text}`).digest('base64') };
}

export interface TestReply extends Record<string, unknown> {
  code: number;
  message: string;
  codeDesc: string;
}

export interface CallOptions {
  httpMethod?: 'GET' | 'POST';
  /** Overrides parameters before they are signed. */
  common?: TestParams;
  /** Overrides parameters after they were signed. */
  forge?: TestParams;
  secretKey?: string;
}

/** A small v2 client for tests: a new nonce every call, HTTP 200 demanded, the flat reply returned. */
export function createEmulatorClient(endpoint: string, now: () => number) {
  let nonce = 0;
  const { host } = new URL(endpoint);

  function makeParams(action: string, params: TestParams, options: CallOptions): TestParams {
    const { httpMethod = 'POST', common = {}, forge = {}, secretKey } = options;
    nonce += 1;
    const all = {
      Action: action,
      Region: 'gz',
      Timestamp: String(Math.floor(now() / 1000)),
      Nonce: String(nonce),
      SecretId: emulatorKey.secretId,
      SignatureMethod: 'HmacSHA256',
      ...params,
      ...common,
    };
    const key = secretKey === undefined ? {} : { secretKey };
    return { ...signEmulatorParams({ httpMethod, host, params: all, ...key }), ...forge };
  }

  return {
    makeParams,
    call: async (action: string, params: TestParams = {}, options: CallOptions = {}): Promise<TestReply> => {
      const form = new URLSearchParams(makeParams(action, params, options));
      const isGet = options.httpMethod === 'GET';
      const response = await (isGet ? fetch(`${endpoint}?${form.toString()}`) : fetch(endpoint, { method: 'POST', body: form }));
      if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
      // The emulator's own envelope; what else stands in it each test checks.
      return (await response.json()) as TestReply;
    },
  };
}

/** A clock that stands still until it is moved. */
export function createEmulatorClock(startMs = emulatorEpochMs) {
  let nowMs = startMs;
  return {
    now: (): number => nowMs,
    advance: (ms: number): void => {
      nowMs += ms;
    },
  };
}
