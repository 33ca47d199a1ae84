import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSeed } from '../../offline/emulator/createSeed.ts';
import { startEmulator, type Emulator } from '../../offline/emulator/startEmulator.ts';
import { keysFile, loadOfflineKeys, TOKEN_ALGORITHM } from '../../offline/offlineKeys.ts';
import { OFFLINE_AUDIENCE, OFFLINE_ISSUER } from '../../offline/offlineTokens.ts';
import { startStage, type StartedStage } from '../support/offlineStage.ts';

const KEY = { secretId: 'AKIDcallers', secretKey: 'a-key-for-this-test-alone' };
const RESULTS = '/v1/products/ABCED12345/device-tasks/abcdedf123456789/devices';
const PROTECTED = [
  ['GET', RESULTS],
  ['GET', `${RESULTS}?include=credentials`],
  ['GET', '/v1/products/ABCED12345/device-tasks/abcdedf123456789'],
  ['POST', '/v1/products/ABCED12345/device-tasks'],
] as const;

let emulator: Emulator;
let stage: StartedStage;
let databaseRequests = 0;
const database = dynalite({ createTableMs: 0 });
database.on('request', () => (databaseRequests += 1));

beforeAll(async () => {
  emulator = await startEmulator({ ...KEY, ...(await createSeed()) });
  database.listen(0, '127.0.0.1');
  await once(database, 'listening');
  const { port } = database.address() as AddressInfo;
  stage = await startStage({
    IOTCLOUD_ENDPOINT: emulator.endpoint,
    DYNAMODB_ENDPOINT: `http://127.0.0.1:${port}`,
    TENCENTCLOUD_SECRET_ID: KEY.secretId,
    TENCENTCLOUD_SECRET_KEY: KEY.secretKey,
    // What would let serverless-offline make a caller up.
    AUTHORIZER: JSON.stringify({ jwt: { claims: { sub: 'forged', scope: 'devices:read devices:credentials devices:write' } } }),
  });
  // The start looks once for batches that an earlier one left open.
  await vi.waitUntil(() => stage.output().includes('"event":"batch-sweep"'), { timeout: 20_000 });
});
afterAll(async () => {
  await stage.interrupt();
  await emulator.close();
  database.closeAllConnections();
  await new Promise((resolve) => database.close(resolve));
});

const nowS = () => Math.floor(Date.now() / 1000);
const good = (): JWTPayload => ({
  iss: OFFLINE_ISSUER,
  aud: OFFLINE_AUDIENCE,
  sub: 'someone',
  scope: 'devices:read devices:write devices:credentials',
  exp: nowS() + 600,
});

async function sign(payload: JWTPayload, jwk?: object): Promise<string> {
  const key = await importJWK({ ...(jwk ?? (await loadOfflineKeys(keysFile)).tokenKey) }, TOKEN_ALGORITHM);
  return new SignJWT(payload).setProtectedHeader({ alg: TOKEN_ALGORITHM }).sign(key);
}

async function otherKey(): Promise<object> {
  return exportJWK((await generateKeyPair(TOKEN_ALGORITHM, { extractable: true })).privateKey);
}

/** The public key's own text as an HMAC secret: the classic confusion of algorithms. */
async function signConfused(payload: JWTPayload): Promise<string> {
  const { d: _private, ...jwk } = (await loadOfflineKeys(keysFile)).tokenKey;
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(JSON.stringify(jwk)));
}

function without(payload: JWTPayload, name: string): JWTPayload {
  return Object.fromEntries(Object.entries(payload).filter(([claim]) => claim !== name));
}

const tampered = (token: string) => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...Object(claims), sub: 'somebody-else' })).toString('base64url');
  return [header, forged, signature].join('.');
};

/** Tokens to refuse, and why, as the client is told. */
const badTokens: Record<string, readonly [make: () => Promise<string> | string, reason: string]> = {
  tampered: [async () => tampered(await sign(good())), 'the signature was not accepted'],
  'unsigned (alg none)': [() => new UnsecuredJWT(good()).encode(), 'the algorithm was not accepted'],
  "signed with another's key": [async () => sign(good(), await otherKey()), 'the signature was not accepted'],
  'signed with the public key as an HMAC secret': [() => signConfused(good()), 'the algorithm was not accepted'],
  expired: [() => sign({ ...good(), exp: nowS() - 5 }), 'the token has expired'],
  "expired and signed with another's key": [async () => sign({ ...good(), exp: nowS() - 5 }, await otherKey()), 'the signature was not accepted'],
  'not valid yet': [() => sign({ ...good(), nbf: nowS() + 300 }), 'the claim nbf was not accepted'],
  'for another audience': [() => sign({ ...good(), aud: 'another-api' }), 'the claim aud was not accepted'],
  'from another issuer': [() => sign({ ...good(), iss: 'https://elsewhere.invalid/' }), 'the claim iss was not accepted'],
  'without exp': [() => sign(without(good(), 'exp')), 'the claim exp was not accepted'],
  'no token at all': [() => 'not-a-jwt', 'the token is malformed'],
};

async function expectRefusedAtNoCost(send: () => Promise<Response>, status: number) {
  const before = [emulator.countCalls(), databaseRequests];
  const response = await send();
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect([emulator.countCalls(), databaseRequests]).toEqual(before);
  return response;
}

describe('a caller that is not verified', () => {
  it.each(Object.entries(badTokens))('is refused with a token that is %s', async (_kind, [make, reason]) => {
    const token = await make();
    for (const [method, path] of PROTECTED) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const init = { method, headers, ...(method === 'POST' ? { body: '{"deviceNames":["a"]}' } : {}) };
      const response = await expectRefusedAtNoCost(() => fetch(`${stage.url}${path}`, init), 401);
      expect(response.headers.get('www-authenticate')).toBe(
        `Bearer realm="iotcloud-rest", error="invalid_token", error_description="${reason}"`,
      );
    }
  });

  it('is refused without a token, whatever else it sends', async () => {
    const claims = { sub: 'forged', scope: 'devices:read devices:credentials' };
    const forgeries = [
      {},
      { 'sls-offline-authorizer-override': JSON.stringify({ jwt: { claims } }) },
      { 'Sls-Offline-Authorizer-Override': JSON.stringify({ jwt: { claims } }), cookie: 'token=x' },
      { authorization: 'Basic Zm9yZ2VkOmZvcmdlZA==', 'sls-offline-authorizer-override': JSON.stringify({ jwt: { claims } }) },
    ];
    for (const headers of forgeries)
      for (const [method, path] of PROTECTED)
        await expectRefusedAtNoCost(() => fetch(`${stage.url}${path}`, { method, headers }), 401);
  });

  it('cannot invoke a function with an event of its own', async () => {
    const body = JSON.stringify({ requestContext: { authorizer: { jwt: { claims: { sub: 'forged' } } } } });
    const path = '/2015-03-31/functions/iotcloud-rest-offline-getDeviceResults/invocations';
    await expectRefusedAtNoCost(() => fetch(`${stage.url}${path}`, { method: 'POST', body }), 404);
  });
});

describe('a verified caller', () => {
  const get = (path: string, token: string) => fetch(`${stage.url}${path}`, { headers: { authorization: `Bearer ${token}` } });

  it('is refused without the scope, or with another product, at no cost', async () => {
    const noScope = await stage.token({ scope: '' });
    const readOnly = await stage.token({ scope: 'devices:read' });
    const otherProduct = await stage.token({ products: ['OTHER'] });
    const noProduct = await stage.token({ products: [] });
    const missing = await expectRefusedAtNoCost(() => get(RESULTS, noScope), 403);
    expect(missing.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    await expectRefusedAtNoCost(() => get(`${RESULTS}?include=credentials`, readOnly), 403);
    await expectRefusedAtNoCost(() => get(RESULTS, otherProduct), 403);
    await expectRefusedAtNoCost(() => get(RESULTS, noProduct), 403);
    const init = { method: 'POST', headers: { authorization: `Bearer ${readOnly}` }, body: '{"deviceNames":["a"]}' };
    await expectRefusedAtNoCost(() => fetch(`${stage.url}/v1/products/ABCED12345/device-tasks`, init), 403);
  });

  it('reads what its scopes and products allow', async () => {
    const token = await stage.token({ scope: 'devices:read', products: ['OTHER', 'ABCED12345'] });
    const response = await get(RESULTS, token);
    expect(response.status).toBe(200);
    expect(await response.text()).not.toContain('PRIVATE KEY');
  });

  it('reads secrets that nobody may keep, and leaves one audit line without them', async () => {
    const token = await stage.token({ subject: 'auditor', products: ['ABCED12345'] });
    const response = await get(`${RESULTS}?include=credentials`, token);
    expect([response.status, response.headers.get('cache-control'), response.headers.get('etag')]).toEqual([200, 'no-store', null]);
    expect(await response.text()).toContain('PRIVATE KEY');
    const lines = stage.output().split('\n').filter((line) => line.includes('credentials-read'));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        event: 'credentials-read',
        iss: OFFLINE_ISSUER,
        sub: 'auditor',
        client: 'offline',
        productId: 'ABCED12345',
        taskId: 'abcdedf123456789',
        devices: 1,
        requestId: response.headers.get('x-request-id'),
      }),
    ]);
    expect(stage.output()).not.toContain('PRIVATE KEY');
  });
});
