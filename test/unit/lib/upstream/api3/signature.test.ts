import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalHeaders,
  canonicalRequest,
  createKeyDerivation,
  dateOf,
  deriveKey,
  signCall,
  stringToSign,
} from '../../../../../lib/upstream/api3/signature.ts';

// The vendor's published vectors (docs/tencent-api-3.md), V1 to V4 for service `cvm`, V5 of its Node SDK.
const filters = String.raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`;
const json = { 'content-type': 'application/json; charset=utf-8', host: 'cvm.tencentcloudapi.com' };
const form = { ...json, 'content-type': 'application/x-www-form-urlencoded' };
const sdk = { 'content-type': 'application/json', host: 'iotcloud.tencentcloudapi.com' };
const describeDevices = '{"ProductId":"ABCED12345","TaskId":"abcdedf123456789","Offset":0,"Limit":100}';
const EXAMPLE_KEY = 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE';

const vectors = [
  ['V1', 'POST', '', json, filters, 1551113065, 'Gu5t9xGARNpq86cd98joQYCN3*******', '2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c'],
  ['V2', 'POST', '', json, filters, 1551113065, EXAMPLE_KEY, '72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168'],
  ['V3', 'POST', '', { ...json, 'X-TC-Action': ' describeinstances ' }, filters, 1551113065, '*'.repeat(32), '10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f'],
  ['V4', 'GET', 'Limit=10&Offset=0', form, '', 1539084154, EXAMPLE_KEY, '5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474'],
  ['V5', 'POST', '', sdk, describeDevices, 1551113065, EXAMPLE_KEY, 'a236fa52f0d0e22ac430e69c086090f389e15649b8a245dcabb94e3e74521674'],
] as const;

describe('the TC3 signature', () => {
  it.each(vectors)('is that of published vector %s', (_name, method, query, headers, payload, timestampS, secretKey, expected) => {
    const scope = { date: dateOf(timestampS), service: headers.host.split('.', 1).join() };
    const text = stringToSign(timestampS, scope, canonicalRequest(method, query, canonicalHeaders(headers), payload));
    expect(createHmac('sha256', deriveKey(secretKey, scope)).update(text).digest('hex')).toBe(expected);
  });

  it('does not depend on the order or the case of the header names', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/), { minLength: 1 });
    fc.assert(
      fc.property(names, fc.func(fc.boolean()), (all, isUpper) => {
        const entries = all.map((name) => [name, `value of ${name}`] as const);
        const changed = entries.toReversed().map(([name, value]) => [isUpper(name) ? name.toUpperCase() : name, ` ${value} `] as const);
        expect(canonicalHeaders(Object.fromEntries(changed))).toEqual(canonicalHeaders(Object.fromEntries(entries)));
      }),
    );
  });

  it('signs content type, host and action', () => {
    const input = { host: '127.0.0.1:8080', action: 'DescribeMultiDevices', payload: '{}', timestampS: 1551113065, secretId: 'AKID', secretKey: 'key' };
    const headers = signCall(input, deriveKey);
    expect(headers['authorization']).toMatch(
      /^TC3-HMAC-SHA256 Credential=AKID\/2019-02-25\/iotcloud\/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature=[0-9a-f]{64}$/,
    );
    expect(headers).toMatchObject({ 'x-tc-action': 'DescribeMultiDevices', 'x-tc-timestamp': '1551113065' });
  });
});

describe('createKeyDerivation', () => {
  it('gives the key that deriveKey gives, whatever was asked for before', () => {
    const derive = createKeyDerivation();
    const scopes = fc.record({ date: fc.constantFrom('2026-11-24', '2026-11-25'), service: fc.constantFrom('iotcloud', 'cvm') });
    fc.assert(
      fc.property(fc.constantFrom('one', 'other'), scopes, (secretKey, scope) => {
        expect(derive(secretKey, scope).equals(deriveKey(secretKey, scope))).toBe(true);
      }),
    );
  });

  it('keeps the key for the day', () => {
    const derive = createKeyDerivation();
    const scope = { date: '2026-11-24', service: 'iotcloud' };
    expect(derive('one', scope)).toBe(derive('one', scope));
    expect(derive('one', { ...scope, date: '2026-11-25' })).not.toBe(derive('one', scope));
  });
});
