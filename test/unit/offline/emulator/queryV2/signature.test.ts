import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computeSignature,
  isSignatureRight,
  stringToSign,
  type SignedParts,
} from '../../../../../offline/emulator/queryV2/signature.ts';

// Published by the vendor; see "Signature" in legacy-api.md.
const published = {
  secretKey: 'Gu5t9xGARNpq86cd98joQYCN3Cozk1qA',
  text:
    'GETcvm.api.qcloud.com/v2/index.php?Action=DescribeInstances&Nonce=11886&Region=gz' +
    '&SecretId=AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA&Timestamp=1465185768&instanceIds.0=ins-09dx96dg&limit=20&offset=0',
  signature: 'NSI3UqqD99b/UJb4tbG/xZpRW64=',
  call: makeParts([
    ['offset', '0'],
    ['limit', '20'],
    ['instanceIds.0', 'ins-09dx96dg'],
    ['Timestamp', '1465185768'],
    ['SecretId', 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA'],
    ['Region', 'gz'],
    ['Nonce', '11886'],
    ['Action', 'DescribeInstances'],
  ]),
};

function makeParts(pairs: Iterable<readonly [string, string]>): SignedParts {
  return { httpMethod: 'GET', host: 'cvm.api.qcloud.com', path: '/v2/index.php', params: new Map(pairs) };
}

function withParam(parts: SignedParts, name: string, value: string): SignedParts {
  return { ...parts, params: new Map([...parts.params, [name, value]]) };
}

describe('stringToSign', () => {
  it("gives the vendor's published string", () => {
    expect(stringToSign(published.call)).toBe(published.text);
  });

  it('sorts names in byte order: upper case first, 10 before 2', () => {
    const names = ['listDeviceName.2', 'listDeviceName.10', 'Zone', 'action', 'Action'];
    const text = stringToSign(makeParts(names.map((name) => [name, ''])));
    expect(text.split('?')[1]).toBe('Action=&Zone=&action=&listDeviceName.10=&listDeviceName.2=');
  });

  it('writes a dot for an underscore in names, never in values', () => {
    expect(stringToSign(makeParts([['a_b_c', 'd_e']]))).toMatch(/\?a\.b\.c=d_e$/);
  });

  it('keeps values raw', () => {
    expect(stringToSign(makeParts([['a', 'x y+&=%20中']]))).toMatch(/\?a=x y\+&=%20中$/);
  });

  it('begins with the method and the host, with its port as sent', () => {
    const text = stringToSign({ ...makeParts([]), httpMethod: 'POST', host: '127.0.0.1:8080' });
    expect(text).toBe('POST127.0.0.1:8080/v2/index.php?');
  });
});

describe('computeSignature', () => {
  it("gives the vendor's published signature, HMAC-SHA1 if no method is named", () => {
    expect(computeSignature(published.call, published.secretKey)).toBe(published.signature);
  });

  it('takes HMAC-SHA256 for exactly HmacSHA256 and HMAC-SHA1 for anything else', () => {
    const lengthWith = (method: string) =>
      Buffer.from(computeSignature(withParam(published.call, 'SignatureMethod', method), 'k'), 'base64').length;
    expect(['HmacSHA256', 'HmacSHA1', 'hmacsha256', 'HmacSHA512', ''].map(lengthWith)).toEqual([32, 20, 20, 20, 20]);
  });
});

const paramsArbitrary = fc.dictionary(fc.string({ minLength: 1 }).filter((name) => name !== 'Signature'), fc.string());

describe('isSignatureRight', () => {
  it("accepts the vendor's published call", () => {
    const signed = withParam(published.call, 'Signature', published.signature);
    expect(isSignatureRight(signed, published.secretKey)).toBe(true);
  });

  it('refuses an absent signature and one whose + became a space', () => {
    expect(isSignatureRight(published.call, published.secretKey)).toBe(false);
    const nonce = Array.from({ length: 1000 }, (_, i) => String(i)).find((candidate) =>
      computeSignature(withParam(published.call, 'Nonce', candidate), 'k').includes('+'),
    );
    const call = withParam(published.call, 'Nonce', nonce ?? '');
    const broken = computeSignature(call, 'k').replaceAll('+', ' ');
    expect(isSignatureRight(withParam(call, 'Signature', broken), 'k')).toBe(false);
  });

  it('accepts what is signed with the same key, in whatever order the parameters come', () => {
    fc.assert(
      fc.property(paramsArbitrary, fc.string(), (params, secretKey) => {
        const entries = Object.entries(params);
        const signature = computeSignature(makeParts(entries), secretKey);
        const reversed = makeParts([['Signature', signature], ...entries.toReversed()]);
        return isSignatureRight(reversed, secretKey);
      }),
    );
  });

  it('refuses a signature made for another value of any parameter', () => {
    fc.assert(
      fc.property(paramsArbitrary, fc.string({ minLength: 1 }), fc.string(), fc.string(), (params, name, one, other) => {
        fc.pre(one !== other && name !== 'Signature' && name !== 'SignatureMethod');
        const [signed, sent] = [one, other].map((value) => withParam(makeParts(Object.entries(params)), name, value));
        const signature = computeSignature(signed as SignedParts, 'k');
        return !isSignatureRight(withParam(sent as SignedParts, 'Signature', signature), 'k');
      }),
    );
  });
});
