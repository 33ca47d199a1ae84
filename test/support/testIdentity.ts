// oxlint-disable-next-line import/no-unassigned-import -- it fills a global that @peculiar/x509 throws without
import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import tls from 'node:tls';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

const HOUR_MS = 3_600_000;

/** Whether a certificate made at run time can be trusted: Node 22.19 and 24.5 brought it. */
export const canTrust = 'setDefaultCACertificates' in tls;

/** A self-signed certificate for `localhost`, and for no address, and its key, both PEM, made for this run. */
export async function makeIdentity(): Promise<{ readonly key: string; readonly cert: string }> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const request = {
    name: 'CN=localhost',
    keys,
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + HOUR_MS),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
  };
  const certificate = await X509CertificateGenerator.createSelfSigned(request, webcrypto);
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  return { key, cert: certificate.toString('pem') };
}
