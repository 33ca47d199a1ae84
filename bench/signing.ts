import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { canonicalize, signCall, stringToSign, toSortedEntries } from '../lib/upstream/queryV2/signature.ts';
import { root } from '../tools/paths.ts';
import { ratio, summarize, type Summary } from './stats.ts';

const requirePeer = createRequire(join(root, 'bench', 'package.json'));

export interface Signing {
  /** Microseconds a call. */
  readonly us: Readonly<Record<'ours' | 'qcloudapi-sdk' | '@tencent-sdk/capi' | 'bare HMAC', Summary>>;
  readonly toQcloudapi: Summary;
}

const SECRET_KEY = 'Gu5t9xGARNpq86cd98joQYCN3Cozk1qA';
const SECRET_ID = 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA';
const PARAMETERS = { productID: 'ABCED12345', taskID: 'abcdedf123456789', pageNum: 1, pageSize: 100 };
const COMMON = { Action: 'GetMultiDevices', Region: 'gz', Timestamp: 1_795_490_234, Nonce: 1_207_959_552, SecretId: SECRET_ID, SignatureMethod: 'HmacSHA256' };
const HOST = 'iotcloud.api.qcloud.com';
const PATH = '/v2/index.php';

/** The parts of the peers that sign; they bring no usable types. */
interface Peers {
  readonly QcloudApi: new (options: object) => { generateQueryString: (data: object, options: object) => string };
  readonly capi: { tencentSignV1: (payload: object, options: object) => unknown };
}

function createSigners(): Record<keyof Signing['us'], () => unknown> {
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
  };
}

const BATCH = 5000;
const WARM_UP_ROUNDS = 8;

/** Signing of one GetMultiDevices call, alternating in batches. */
export function measureSigning(rounds: number, progress: (text: string) => void): Signing {
  const signers = createSigners();
  const names = Object.keys(signers) as (keyof Signing['us'])[]; // its own keys
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<keyof Signing['us'], number[]>; // every name
  for (let number = -WARM_UP_ROUNDS; number < rounds; number += 1) {
    progress(`signing ${Math.max(0, number) + 1}/${rounds}`);
    for (const name of names) {
      const sign = signers[name];
      const startedMs = performance.now();
      for (let call = 0; call < BATCH; call += 1) sign();
      const us = ((performance.now() - startedMs) * 1000) / BATCH;
      if (number >= 0) samples[name].push(us);
    }
  }
  return {
    us: Object.fromEntries(names.map((name) => [name, summarize(samples[name])])) as Signing['us'], // every name
    toQcloudapi: ratio(samples.ours, samples['qcloudapi-sdk']),
  };
}
