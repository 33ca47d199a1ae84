import { generateKeyPairSync } from 'node:crypto';
import { encodeCertificate } from '../../offline/legacyEmulator/encodeCertificate.ts';

const toPem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;

/** A self-signed certificate for `localhost` and its key, made for this run. */
export function makeIdentity(): { readonly key: string; readonly cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = encodeCertificate({
    serial: Buffer.from([1]),
    issuer: 'localhost',
    subject: 'localhost',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    publicKey,
    signingKey: privateKey,
  });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: toPem(der) };
}
