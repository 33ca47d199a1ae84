import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createKeyDerivation, signCall as signApi3Call } from '../lib/upstream/api3/signature.ts';
import { canonicalize, signCall, stringToSign, toSortedEntries } from '../lib/upstream/queryV2/signature.ts';
import { root } from '../tools/paths.ts';
import { ratio, summarize, type Summary } from './stats.ts';

const requirePeer = createRequire(join(root, 'bench', 'package.json'));
// A development dependency of the project itself.
const requireOwn = createRequire(join(root, 'package.json'));

const SIGNERS = ['ours', 'qcloudapi-sdk', '@tencent-sdk/capi', 'bare HMAC', 'ours, API 3.0', 'tencentcloud-sdk-nodejs-common, API 3.0'] as const;
type Signer = (typeof SIGNERS)[number];

export interface Signing {
  /** Microseconds a call. */
  readonly us: Readonly<Record<Signer, Summary>>;
  readonly toQcloudapi: Summary;
  readonly api3ToCommon: Summary;
}

const SECRET_KEY = 'Gu5t9xGARNpq86cd98joQYCN3Cozk1qA';
const SECRET_ID = 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA';
const PARAMETERS = { productID: 'ABCED12345', taskID: 'abcdedf123456789', pageNum: 1, pageSize: 100 };
const COMMON = { Action: 'GetMultiDevices', Region: 'gz', Timestamp: 1_795_490_234, Nonce: 1_207_959_552, SecretId: SECRET_ID, SignatureMethod: 'HmacSHA256' };
const HOST = 'iotcloud.api.qcloud.com';
const PATH = '/v2/index.php';
const API3_HOST = 'iotcloud.tencentcloudapi.com';
const API3_PARAMETERS = { ProductId: 'ABCED12345', TaskId: 'abcdedf123456789', Offset: 0, Limit: 100 };

/** API 3.0's signers: of one DescribeMultiDevices call, from its parameters to its `Authorization`. */
function createApi3Signers(): Record<'ours, API 3.0' | 'tencentcloud-sdk-nodejs-common, API 3.0', () => unknown> {
  const module: unknown = requireOwn('tencentcloud-sdk-nodejs-common/tencentcloud/common/sign.js');
  const { default: sdk } = module as { default: { sign3: (options: object) => string } }; // it declares no types of this file
  const shared = { timestampS: COMMON.Timestamp, secretId: SECRET_ID, secretKey: SECRET_KEY };
  const headers = { 'Content-Type': 'application/json' };
  const options = { url: `https://${API3_HOST}/`, timestamp: COMMON.Timestamp, service: 'iotcloud', secretId: SECRET_ID, secretKey: SECRET_KEY, headers };
  const derive = createKeyDerivation();
  return {
    'ours, API 3.0': () =>
      signApi3Call({ host: API3_HOST, action: 'DescribeMultiDevices', payload: JSON.stringify(API3_PARAMETERS), ...shared }, derive),
    'tencentcloud-sdk-nodejs-common, API 3.0': () => sdk.sign3({ ...options, payload: API3_PARAMETERS }),
  };
}

/** The parts of the peers that sign; they bring no usable types. */
interface Peers {
  readonly QcloudApi: new (options: object) => { generateQueryString: (data: object, options: object) => string };
  readonly capi: { tencentSignV1: (payload: object, options: object) => unknown };
}

function createSigners(): Record<Signer, () => unknown> {
  const { QcloudApi, capi }: Peers = { QcloudApi: requirePeer('qcloudapi-sdk'), capi: requirePeer('@tencent-sdk/capi') };
  const options = { SecretId: SECRET_ID, SecretKey: SECRET_KEY, Region: 'gz', host: HOST, path: PATH, method: 'GET', signatureMethod: 'sha256' };
  const sdk = new QcloudApi(options);
  const capiOptions = { serviceType: 'iotcloud', region: 'gz', secretId: SECRET_ID, secretKey: SECRET_KEY, host: HOST, path: PATH, method: 'GET', signatureMethod: 'sha256' };
  const text = stringToSign('GET', HOST, PATH, canonicalize(toSortedEntries({ ...PARAMETERS, ...COMMON })));
  const input = { host: HOST, path: PATH, signatureMethod: 'HmacSHA256', secretKey: SECRET_KEY } as const;
  return {
    ours: () => signCall({ ...PARAMETERS, ...COMMON }, input),
    'qcloudapi-sdk': () => sdk.generateQueryString({ ...PARAMETERS, ...COMMON }, options),
    '@tencent-sdk/capi': () => capi.tencentSignV1({ ...PARAMETERS, ...COMMON }, capiOptions),
    'bare HMAC': () => createHmac('sha256', SECRET_KEY).update(text).digest('base64'),
    ...createApi3Signers(),
  };
}

const BATCH = 5000;
const WARM_UP_ROUNDS = 8;

/** Signing of one call for a task's results, alternating in batches. */
export function measureSigning(rounds: number, progress: (text: string) => void): Signing {
  const signers = createSigners();
  const samples = Object.fromEntries(SIGNERS.map((name) => [name, [] as number[]])) as Record<Signer, number[]>; // every name
  for (let number = -WARM_UP_ROUNDS; number < rounds; number += 1) {
    progress(`signing ${Math.max(0, number) + 1}/${rounds}`);
    for (const name of SIGNERS) {
      const sign = signers[name];
      const startedMs = performance.now();
      for (let call = 0; call < BATCH; call += 1) sign();
      const us = ((performance.now() - startedMs) * 1000) / BATCH;
      if (number >= 0) samples[name].push(us);
    }
  }
  return {
    us: Object.fromEntries(SIGNERS.map((name) => [name, summarize(samples[name])])) as Signing['us'], // every name
    toQcloudapi: ratio(samples.ours, samples['qcloudapi-sdk']),
    api3ToCommon: ratio(samples['ours, API 3.0'], samples['tencentcloud-sdk-nodejs-common, API 3.0']),
  };
}
