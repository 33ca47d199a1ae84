import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { createCertificateAuthority, type CertificateAuthority } from './createCertificateAuthority.ts';
import type { EmulatedProduct } from './entities.ts';

/** The vendor makes RSA keys, which take up to a second each. */
export type KeyType = 'ec-p256' | 'rsa-2048';

export type DeviceKeys =
  | { readonly deviceCert: string; readonly devicePrivateKey: string }
  | { readonly devicePsk: string };

/** Makes the key material of one device, new at every call. */
export type IssueKeys = (
  encryption: EmulatedProduct['encryption'],
  productId: string,
  deviceName: string,
) => Promise<DeviceKeys>;

export interface DeviceIssuerOptions {
  /** Default `ec-p256`. */
  readonly keyType?: KeyType;
  /** Default one of its own. */
  readonly authority?: CertificateAuthority;
}

function generateKeys(keyType: KeyType): Promise<webcrypto.CryptoKeyPair> {
  const usages = ['sign', 'verify'] as const;
  if (keyType === 'ec-p256') return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, usages);
  const publicExponent = new Uint8Array([1, 0, 1]);
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent, hash: 'SHA-256' };
  return webcrypto.subtle.generateKey(algorithm, true, usages);
}

/**
 * Returns a maker of device keys. Certificate devices get an X.509 client certificate (CN = product id and device
 * name run together, as the vendor's are) and its PKCS #8 private key, both PEM; PSK devices get 16 random bytes in
 * base64. An EC device takes a few milliseconds; an RSA key, as the vendor makes them, takes up to a second.
 */
export function createDeviceIssuer(now: () => number, options: DeviceIssuerOptions = {}): IssueKeys {
  const { keyType = 'ec-p256', authority = createCertificateAuthority(now) } = options;
  return async (encryption, productId, deviceName) => {
    if (encryption === 'psk') return { devicePsk: randomBytes(16).toString('base64') };
    const { publicKey, privateKey } = await generateKeys(keyType);
    const deviceCert = await authority.issueCertificate(`${productId}${deviceName}`, publicKey);
    // The vendor's sample ends the private key with a line feed, but not the certificate.
    const devicePrivateKey = KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
    return { deviceCert, devicePrivateKey };
  };
}
