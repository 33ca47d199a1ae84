// oxlint-disable-next-line import/no-unassigned-import -- it fills a global that @peculiar/x509 throws without
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

/** An issuer of client certificates with a key of its own. */
export interface CertificateAuthority {
  /** Its own certificate, PEM: what a server that trusts the devices is given. */
  readonly readCertificate: () => Promise<string>;
  /** A certificate for a TLS client, PEM without a line feed at its end, valid for ten years from now. */
  readonly issueCertificate: (commonName: string, publicKey: webcrypto.CryptoKey) => Promise<string>;
}

interface Identity {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificate: string;
  readonly name: Name;
  readonly clientExtensions: Extension[];
}

const YEAR_MS = 365 * 24 * 3600 * 1000;
const SIGNING_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' };

// An object and no text: in a text the library reads `,`, `+` and a leading `#` as syntax.
function toName(commonName: string): Name {
  return new Name([{ CN: [{ utf8String: commonName }] }]);
}

function makeValidity(nowMs: number, years: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs), notAfter: new Date(nowMs + years * YEAR_MS) };
}

async function createIdentity(nowMs: number): Promise<Identity> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const name = toName('iotcloud-rest emulator CA');
  const extensions = [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
  ];
  // Outlives every certificate it issues in its first ten years.
  const params = { name, keys, extensions, signingAlgorithm: SIGNING_ALGORITHM, ...makeValidity(nowMs, 20) };
  const certificate = await X509CertificateGenerator.createSelfSigned(params, webcrypto);
  const clientExtensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    await AuthorityKeyIdentifierExtension.create(certificate.publicKey, false, webcrypto),
  ];
  return { keys, certificate: certificate.toString('pem'), name, clientExtensions };
}

async function signCertificate(by: Identity, commonName: string, publicKey: webcrypto.CryptoKey, nowMs: number) {
  const { keys, name: issuer, clientExtensions: extensions } = by;
  const parties = { subject: toName(commonName), issuer, publicKey, signingKey: keys.privateKey };
  const params = { ...parties, extensions, signingAlgorithm: SIGNING_ALGORITHM, ...makeValidity(nowMs, 10) };
  const certificate = await X509CertificateGenerator.create(params, webcrypto);
  return certificate.toString('pem');
}

// A certificate is milliseconds of work between two visits to the thread pool: a hundred at a time would stop the
// process for all of them, in turn it goes on answering.
function createQueue() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(job: () => Promise<T>): Promise<T> => {
    const result = last.then(job);
    last = result.catch(() => {});
    return result;
  };
}

/**
 * A certificate authority (X.509 v3, RFC 5280; EC P-256, ECDSA with SHA-256), made at its first use.
 * @param now milliseconds since the epoch
 */
export function createCertificateAuthority(now: () => number): CertificateAuthority {
  const inTurn = createQueue();
  let identity: Promise<Identity> | undefined;
  const getIdentity = (): Promise<Identity> => (identity ??= createIdentity(now()));
  return {
    readCertificate: async () => (await getIdentity()).certificate,
    issueCertificate(commonName, publicKey) {
      const nowMs = now();
      return inTurn(async () => signCertificate(await getIdentity(), commonName, publicKey, nowMs));
    },
  };
}
