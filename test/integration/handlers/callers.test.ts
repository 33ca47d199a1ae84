import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Claims, EventOptions } from '../../support/apiGatewayEvent.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scriptedUpstream.ts';
import { fullClaims, startStack, type Api, type Stack } from '../../support/stack.ts';

const product = '/v1/products/ABCED12345/device-tasks';
const task = `${product}/abcdedf123456789`;
const routes: [string, string, EventOptions, string][] = [
  ['create', product, { method: 'POST', body: '{"deviceNames":["a"]}', headers: { 'idempotency-key': 'k' } }, 'devices:write'],
  ['list', product, {}, 'devices:read'],
  ['follow', task, {}, 'devices:read'],
  ['results', `${task}/devices`, {}, 'devices:read'],
  ['results with credentials', `${task}/devices`, { query: 'include=credentials' }, 'devices:read devices:credentials'],
  ['one device', `${task}/devices/a`, {}, 'devices:read'],
  ['one device with credentials', `${task}/devices/a`, { query: 'include=credentials' }, 'devices:read devices:credentials'],
];

const { scope: _scope, ...noScope } = fullClaims;

// Neither of them ever answers: whatever reaches one would be seen, and cost its time-out.
let table: ScriptedUpstream;
let vendor: ScriptedUpstream;
let stack: Stack;
beforeAll(async () => {
  [table, vendor, stack] = await Promise.all([startScriptedUpstream(), startScriptedUpstream(), startStack()]);
});
afterAll(async () => {
  await Promise.all([table.close(), vendor.close(), stack.close()]);
});

function openWatched(overrides: Record<string, string> = {}): Api {
  return stack.open({ DYNAMODB_ENDPOINT: `http://127.0.0.1:${table.port}`, IOTCLOUD_ENDPOINT: vendor.endpoint, ...overrides });
}

afterEach(() => {
  const reached = [table.countConnections(), vendor.countConnections()];
  if (reached.some((count) => count > 0)) throw new Error(`a refused call reached table or vendor: ${reached.join(', ')}`);
});

describe.each(routes)('to %s', (_name, path, options, scope) => {
  it('takes verified claims', async () => {
    const bare = await openWatched().send(path, { ...options, claims: undefined });
    expect(bare).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    expect(bare.headers).toMatchObject({ 'www-authenticate': 'Bearer realm="iotcloud-rest"', 'cache-control': 'no-store' });
  });

  it.each(['authorization', 'Authorization', 'AUTHORIZATION'])('calls a token presented as %s but not verified invalid', async (name) => {
    const headers = { ...options.headers, [name]: 'Bearer aaa.bbb.ccc' };
    const reply = await openWatched().send(path, { ...options, headers, claims: undefined });
    expect(reply.status).toBe(401);
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="iotcloud-rest", error="invalid_token"');
    expect(reply.text).not.toContain('aaa.bbb.ccc');
  });

  it('takes its scope, and no other will do', async () => {
    const needed = scope.split(' ').at(-1) ?? '';
    const others = fullClaims.scope.split(' ').filter((one) => one !== needed);
    const forms: Claims[] = [
      {},
      { scope: '' },
      { scope: others.join(' ') },
      { scp: others },
      { scope: needed.toUpperCase() },
      { scope: `${needed}s` },
      { scopes: needed },
      { permissions: [needed] },
    ];
    for (const form of forms) {
      const reply = await openWatched().send(path, { ...options, claims: { ...noScope, ...form } });
      expect(reply).toMatchObject({ status: 403, json: { code: 'forbidden' } });
      expect(reply.headers['www-authenticate']).toContain('error="insufficient_scope"');
    }
  });

  it.each<[string, unknown]>([
    ['empty', []],
    ['an empty text', ''],
    ['of other products', ['PSK1234567', 'ABCED1234']],
    ['a wildcard', '*'],
    ['unreadable', '["ABCED12345"]'],
    ['unreadable in part', ['ABCED12345', 'a/b']],
    ['an object', { ABCED12345: true }],
  ])('takes a products claim that allows the product; one that is %s does not', async (_form, products) => {
    for (const demand of ['optional', 'required']) {
      const api = openWatched({ PRODUCTS_CLAIM: demand });
      const reply = await api.send(path, { ...options, claims: { ...fullClaims, products } });
      expect(reply).toMatchObject({ status: 403, json: { code: 'forbidden', detail: 'The token does not allow this product.' } });
    }
  });

  it('takes a products claim at all if the stage demands it', async () => {
    expect((await openWatched({ PRODUCTS_CLAIM: 'required' }).send(path, options)).status).toBe(403);
  });
});

describe('a caller with all it takes', () => {
  it.each<[string, Claims]>([
    ['scope as text', { scope: 'devices:read devices:credentials' }],
    ['scope as a list', { scope: ['devices:read', 'devices:credentials'] }],
    ['scp as text', { scp: 'devices:credentials devices:read' }],
    ['scp as a list', { scp: ['devices:read', 'devices:credentials'] }],
    ['the product among others', { scp: ['devices:read', 'devices:credentials'], products: ['OTHER', 'ABCED12345'] }],
    ['the product alone', { scp: ['devices:read', 'devices:credentials'], products: 'ABCED12345' }],
  ])('is let through: %s', async (_form, form) => {
    const demand = 'products' in form ? 'required' : 'optional';
    const { send } = stack.open({ PRODUCTS_CLAIM: demand });
    const reply = await send(`${task}/devices`, { query: 'include=credentials', claims: { ...noScope, ...form } });
    expect(reply.status).toBe(200);
    expect(stack.emulator.countCalls()).toBe(2);
  });

  it('needs no claims for health, and what is there of them is not looked at', async () => {
    expect((await openWatched({ PRODUCTS_CLAIM: 'required' }).send('/v1/health', { claims: undefined })).status).toBe(200);
    expect((await openWatched().send('/v1/health', { claims: { products: '' } })).status).toBe(200);
  });
});
