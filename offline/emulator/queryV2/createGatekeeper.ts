import type { CallRules } from '../callRules.ts';
import { createNonceMemory, type NonceMemory } from './createNonceMemory.ts';
import type { QueryCall } from './readCall.ts';
import { refuse } from './refusal.ts';
import { isSameSecret, isSignatureRight } from './signature.ts';

type Admit = (call: QueryCall) => void;

const REQUIRED_NAMES = ['Region', 'Timestamp', 'Nonce', 'SecretId', 'Signature'];

function checkForm({ params, malformed }: QueryCall, { isKnownAction, region }: CallRules): void {
  if (malformed !== undefined) throw refuse(4000, malformed);
  const action = params.get('Action');
  if (!action) throw refuse(4000, '缺少参数 Action');
  if (!isKnownAction(action)) throw refuse(6100, '接口不存在');
  const missing = REQUIRED_NAMES.find((name) => !params.get(name));
  if (missing !== undefined) throw refuse(4000, `缺少参数 ${missing}`);
  if (params.get('Region') !== region) throw refuse(4000, '参数 Region 错误');
  if (!/^\d{1,12}$/.test(params.get('Timestamp') ?? '')) throw refuse(4000, '参数 Timestamp 错误');
  if (!/^[1-9]\d{0,18}$/.test(params.get('Nonce') ?? '')) throw refuse(4000, '参数 Nonce 错误');
}

function checkKey({ params }: QueryCall, rules: CallRules): void {
  if (params.get('SecretId') !== rules.secretId) throw refuse(4104, '密钥不存在');
  if (rules.token !== undefined && !isSameSecret(params.get('Token') ?? '', rules.token)) {
    throw refuse(4105, 'token 错误');
  }
}

function checkClock(timestampS: number, nowS: number, toleranceS: number): void {
  if (Math.abs(nowS - timestampS) <= toleranceS) return;
  throw refuse(4500, `请求已过期或时钟偏差, Timestamp 与腾讯服务器相差过大, 腾讯服务器 Timestamp = ${nowS}`);
}

function checkNonce(call: QueryCall, timestampS: number, nowS: number, nonces: NonceMemory): void {
  const { SecretId: secretId = '', Nonce: nonce = '' } = Object.fromEntries(call.params);
  if (nonces.accept({ secretId, timestampS, nonce })) return;
  throw refuse(4500, `请求被拒绝，请求重复, Nonce 参数两次请求不能重复, 腾讯服务器 Timestamp = ${nowS}`);
}

/**
 * Returns the check of the common parameters: it returns for an admitted call and throws a `Refusal` otherwise.
 * The order, first failure wins: form of the request, Action present and known (6100), the other parameters present
 * and well formed, Region (4000), SecretId (4104), Token (4105), clock (4500), Signature (4100), Nonce (4500).
 * The nonce is looked at and remembered last, after the signature: who cannot sign can neither burn a nonce nor
 * learn which were used.
 */
export function createGatekeeper(rules: CallRules, nonces = createNonceMemory()): Admit {
  return (call) => {
    checkForm(call, rules);
    checkKey(call, rules);
    const nowS = Math.floor(rules.now() / 1000);
    const timestampS = Number(call.params.get('Timestamp'));
    checkClock(timestampS, nowS, rules.skewToleranceS);
    if (!isSignatureRight(call, rules.secretKey)) throw refuse(4100, '身份认证失败，签名错误');
    nonces.forgetBefore(nowS - rules.skewToleranceS);
    checkNonce(call, timestampS, nowS, nonces);
  };
}
