import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wireCertificate, wireInt, wireTaskStatus, wireText } from '../../../../lib/upstream/wireTypes.ts';

describe('wireInt', () => {
  it('takes any safe integer as a number, and up to 15 digits as a string', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => wireInt.parse(value) === value));
    const digits15 = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });
    fc.assert(fc.property(digits15, (value) => wireInt.parse(String(value)) === value));
  });

  it.each([1.5, 1e300, true, null, '', ' 1', '1 ', '+1', '1.0', '1e1', '0x1', '１', '1234567890123456', [1], {}])(
    'refuses %j',
    (value) => expect(wireInt.safeParse(value).success).toBe(false),
  );
});

describe('wireText', () => {
  it('takes null, an empty string and nothing for absent', () => {
    expect([null, '', undefined].map((value) => wireText.parse(value))).toEqual([undefined, undefined, undefined]);
  });

  it('keeps any other string as it is', () => {
    fc.assert(fc.property(fc.string({ minLength: 1, unit: 'binary' }), (value) => wireText.parse(value) === value));
  });
});

describe('wireCertificate', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n';
  const refusesAround = (key: string) =>
    [key, key.toLowerCase(), certificate + key, `${key}\n${certificate}`].every((text) => !wireCertificate.safeParse(text).success);

  it.each(['', 'RSA ', 'EC ', 'DSA ', 'ENCRYPTED ', 'OPENSSH ', 'ANY '])('refuses one with a private key of the kind %j in it', (kind) => {
    expect(refusesAround(`-----BEGIN ${kind}PRIVATE KEY-----\nc2VjcmV0\n-----END ${kind}PRIVATE KEY-----\n`)).toBe(true);
  });

  it.each(['-----BEGIN  PRIVATE  KEY-----', '-----BEGIN\tRSA\r\nPRIVATE KEY', '----- BEGIN PRIVATE KEY -----'])('refuses one with %j in it, odd as it looks', (key) => {
    expect(refusesAround(key)).toBe(true);
  });

  it('keeps one that speaks of keys otherwise as it is', () => {
    for (const text of [`subject=PRIVATE KEY Ltd\n${certificate}`, certificate + certificate, '-----BEGIN PUBLIC KEY-----'])
      expect(wireCertificate.parse(text)).toBe(text);
  });
});

describe('wireTaskStatus', () => {
  it('takes 0, 1 and 2, as numbers or strings', () => {
    expect([0, '1', 2].map((value) => wireTaskStatus.parse(value))).toEqual(['pending', 'running', 'completed']);
  });

  it.each([-1, 3, '3', 'done', 1.5, null, undefined, 'length'])('refuses %j', (value) => expect(wireTaskStatus.safeParse(value).success).toBe(false));
});
