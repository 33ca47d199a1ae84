import type { CallRules } from '../callRules.ts';
import type { ReceivedRequest } from '../startServer.ts';
import { Refusal } from './refusal.ts';
import { isSignatureRight, readAuthorization } from './signature.ts';

const VERSION = '2018-06-14';

function checkForm({ headers }: ReceivedRequest, { isKnownAction, region }: CallRules): void {
  const required = ['x-tc-action', 'x-tc-version', 'x-tc-timestamp', 'x-tc-region', 'authorization'];
  const missing = required.find((name) => !headers[name]);
  if (missing !== undefined) throw new Refusal('MissingParameter', `The header ${missing} is missing.`);
  if (headers['x-tc-version'] !== VERSION) throw new Refusal('NoSuchVersion', 'There is no such version.');
  if (!isKnownAction(String(headers['x-tc-action']))) throw new Refusal('InvalidAction', 'There is no such action.');
  if (headers['x-tc-region'] !== region) throw new Refusal('UnsupportedRegion', 'The region is not supported.');
}

/** The day of a credential is the timestamp's, in UTC. */
function checkClock(timestampS: number, date: string, { now, skewToleranceS }: CallRules): void {
  const isRightDay = new Date(timestampS * 1000).toISOString().startsWith(date);
  if (Math.abs(Math.floor(now() / 1000) - timestampS) <= skewToleranceS && isRightDay) return;
  throw new Refusal('AuthFailure.SignatureExpire', 'The signature has expired.');
}

/**
 * The check of the common parameters: it returns for an admitted call and throws a `Refusal` otherwise. In this order,
 * first failure wins: headers present, version, action, region, form of the signature, key, token, clock, signature.
 */
export function createGatekeeper(rules: CallRules): (request: ReceivedRequest) => void {
  return (request) => {
    const { headers } = request;
    checkForm(request, rules);
    const authorization = readAuthorization(headers.authorization);
    if (authorization === undefined || !/^\d{1,11}$/.test(String(headers['x-tc-timestamp'])))
      throw new Refusal('AuthFailure.InvalidAuthorization', 'The Authorization header is not valid.');
    if (authorization.secretId !== rules.secretId) throw new Refusal('AuthFailure.SecretIdNotFound', 'The SecretId is not found.');
    if (rules.token !== undefined && headers['x-tc-token'] !== rules.token)
      throw new Refusal('AuthFailure.TokenFailure', 'The token is not valid.');
    checkClock(Number(headers['x-tc-timestamp']), authorization.date, rules);
    if (!isSignatureRight(request, authorization, rules.secretKey))
      throw new Refusal('AuthFailure.SignatureFailure', 'The signature is not right.');
  };
}
