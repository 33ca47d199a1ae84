import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../offline/emulator/register/createCertificateAuthority.ts';
import { createDeviceIssuer, type DeviceIssuerOptions } from '../../../../../offline/emulator/register/createDeviceIssuer.ts';
import { emulatorEpochMs } from '../../../../support/emulatorClient.ts';

const now = () => emulatorEpochMs;

async function issueCertificate(deviceName = 'sensor:1', options: DeviceIssuerOptions = {}) {
  const keys = await createDeviceIssuer(now, options)('certificate', 'ABCED12345', deviceName);
  if (!('deviceCert' in keys)) throw new Error('no certificate');
  return { ...keys, certificate: new X509Certificate(keys.deviceCert) };
}

describe('createDeviceIssuer', () => {
  it('issues a certificate for product and device, of the emulator, valid for ten years', async () => {
    const { certificate } = await issueCertificate();
    expect(certificate.subject).toBe('CN=ABCED12345sensor:1');
    expect(certificate.issuer).toBe('CN=iotcloud-rest emulator CA');
    expect(certificate.validFromDate.getTime()).toBe(emulatorEpochMs);
    expect(certificate.validToDate.getUTCFullYear()).toBe(2036);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  it('has them issued by the authority it is given', async () => {
    const authority = createCertificateAuthority(now);
    const { certificate } = await issueCertificate('sensor:1', { authority });
    expect(certificate.verify(new X509Certificate(await authority.readCertificate()).publicKey)).toBe(true);
  });

  it('makes RSA keys of 2048 bits if told to', async () => {
    const { certificate, devicePrivateKey } = await issueCertificate('sensor:1', { keyType: 'rsa-2048' });
    expect(certificate.publicKey.asymmetricKeyType).toBe('rsa');
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ modulusLength: 2048, publicExponent: 65_537n });
    expect(certificate.checkPrivateKey(createPrivateKey(devicePrivateKey))).toBe(true);
  });

  it('gives the private key of the certificate, in PKCS #8', async () => {
    const { certificate, devicePrivateKey } = await issueCertificate();
    expect(devicePrivateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n[^]+\n-----END PRIVATE KEY-----\n$/);
    expect(certificate.checkPrivateKey(createPrivateKey(devicePrivateKey))).toBe(true);
  });

  it('lays the PEM out as the sample does: no line feed after the certificate', async () => {
    const { deviceCert } = await issueCertificate();
    expect(deviceCert).toMatch(/^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END CERTIFICATE-----$/);
  });

  it('takes the longest names', async () => {
    const { certificate } = await issueCertificate('n'.repeat(48));
    expect(certificate.subject).toBe(`CN=ABCED12345${'n'.repeat(48)}`);
  });

  it('never gives the same key twice, nor to the same device', async () => {
    const issueKeys = createDeviceIssuer(now);
    const issued = await Promise.all(Array.from({ length: 20 }, () => issueKeys('certificate', 'P1', 'same')));
    expect(new Set(issued.map((keys) => 'devicePrivateKey' in keys && keys.devicePrivateKey)).size).toBe(20);
  });

  it('gives 16 random bytes in base64 as a PSK', async () => {
    const issueKeys = createDeviceIssuer(now);
    const keys = [await issueKeys('psk', 'PSK1234567', 'a'), await issueKeys('psk', 'PSK1234567', 'a')];
    for (const key of keys) expect(key).toEqual({ devicePsk: expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/) });
    expect(keys[0]).not.toEqual(keys[1]);
  });
});
