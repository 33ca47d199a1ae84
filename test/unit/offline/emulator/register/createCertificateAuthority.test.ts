import { KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../offline/emulator/register/createCertificateAuthority.ts';
import { emulatorEpochMs } from '../../../../support/emulatorClient.ts';

interface Identity {
  cert: string;
  key: string | Buffer;
}

const yearMs = 365 * 24 * 3600 * 1000;

function generateKeys() {
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

async function setUp(now: () => number = () => emulatorEpochMs) {
  const authority = createCertificateAuthority(now);
  const keys = await generateKeys();
  const issue = async (commonName = 'P1:device', publicKey = keys.publicKey) => {
    const pem = await authority.issueCertificate(commonName, publicKey);
    return { pem, certificate: new X509Certificate(pem) };
  };
  const caPem = await authority.readCertificate();
  return { authority, keys, issue, caPem, ca: new X509Certificate(caPem) };
}

const seconds = (date: Date) => date.getTime() / 1000;

describe('the certificate of the authority', () => {
  it("is a self-signed authority's, valid for twenty years", async () => {
    const { ca } = await setUp();
    expect([ca.subject, ca.issuer]).toEqual(['CN=iotcloud-rest emulator CA', 'CN=iotcloud-rest emulator CA']);
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(seconds(ca.validToDate) - seconds(ca.validFromDate)).toBe((20 * yearMs) / 1000);
  });

  it('is the same at every reading, and another for another authority', async () => {
    const { authority, caPem } = await setUp();
    expect(await authority.readCertificate()).toBe(caPem);
    expect((await setUp()).caPem).not.toBe(caPem);
  });
});

describe('an issued certificate', () => {
  it('is a version 3 certificate of the authority for the given key', async () => {
    const { issue, ca, keys } = await setUp();
    const { certificate } = await issue();
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.verify((await setUp()).ca.publicKey)).toBe(false);
    expect(certificate.checkPrivateKey(KeyObject.from(keys.privateKey))).toBe(true);
  });

  it('is for a TLS client only, and no authority itself', async () => {
    const { certificate } = await (await setUp()).issue();
    const hex = certificate.raw.toString('hex');
    // DER, since Node tells neither: basicConstraints critical and empty, keyUsage critical with digitalSignature.
    expect(hex).toContain('300c0603551d130101ff04023000');
    expect(hex).toContain('300e0603551d0f0101ff040403020780');
    expect(certificate.toLegacyObject()).toMatchObject({ ca: false, ext_key_usage: ['1.3.6.1.5.5.7.3.2'] });
  });

  it('takes a common name as it is, whatever syntax of names it holds', async () => {
    const { issue } = await setUp();
    const names = ['#ab', 'a,CN=b', 'a+b', '"a"', '设备', 'n'.repeat(64)];
    for (const name of names) expect((await issue(name)).certificate.toLegacyObject().subject).toEqual({ CN: name });
  });

  it('is valid for ten years from the second it is asked for', async () => {
    let nowMs = emulatorEpochMs;
    const { issue } = await setUp(() => nowMs);
    nowMs += 3_600_999;
    const asked = issue();
    nowMs += 5000;
    const { validFromDate, validToDate } = (await asked).certificate;
    expect(validFromDate.getTime()).toBe(emulatorEpochMs + 3_600_000);
    expect(validToDate.getTime()).toBe(emulatorEpochMs + 3_600_000 + 10 * yearMs);
  });

  it('is dated without fractions of a second, with four digits of the year from 2050 on', async () => {
    const { issue } = await setUp(() => Date.UTC(2045, 0, 1) + 123);
    const { certificate } = await issue();
    // RFC 5280, 4.1.2.5: UTCTime (tag 0x17) up to 2049, GeneralizedTime (0x18) afterwards.
    expect(certificate.raw.includes('\u{17}\r450101000000Z\u{18}\u{f}20541230000000Z')).toBe(true);
  });

  it('has a serial number of its own, also if many are asked for at once', async () => {
    const { issue } = await setUp();
    const names = Array.from({ length: 20 }, (_, index) => `device-${index}`);
    const issued = await Promise.all(names.map((name) => issue(name)));
    expect(issued.map(({ certificate }) => certificate.subject)).toEqual(names.map((name) => `CN=${name}`));
    expect(new Set(issued.map(({ certificate }) => certificate.serialNumber)).size).toBe(20);
  });

  it('leaves the process a turn after each, however many are asked for at once', async () => {
    const { issue } = await setUp();
    let turns = 0;
    let next = setImmediate(function count() {
      turns += 1;
      next = setImmediate(count);
    });
    const asked = Array.from({ length: 20 }, async (_, index) => issue(`device-${index}`).then(() => turns));
    const turnsAtEnd = await Promise.all(asked);
    clearImmediate(next);
    expect(new Set(turnsAtEnd).size).toBe(20);
  });

  it('is issued after a refusal as before', async () => {
    const { issue, keys } = await setUp();
    const refused = issue('a', keys.privateKey);
    const next = issue('b');
    await expect(refused).rejects.toBeInstanceOf(Error);
    expect((await next).certificate.subject).toBe('CN=b');
  });
});

describe('TLS, as OpenSSL reads the certificates', () => {
  const toPem = (keys: webcrypto.CryptoKeyPair) => KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  let device: Identity;
  let stranger: Identity;
  let caPem: string;

  beforeAll(async () => {
    const [one, other] = [await setUp(Date.now), await setUp(Date.now)];
    device = { cert: (await one.issue()).pem, key: toPem(one.keys) };
    stranger = { cert: (await other.issue()).pem, key: toPem(other.keys) };
    caPem = one.caPem;
  });

  /** What each end says of the other's certificate, both of which trust the authority; the server shows `device`'s. */
  async function shakeHands(client: Identity) {
    const [near, far] = duplexPair();
    const server = createServer({ requestCert: true, rejectUnauthorized: false, ca: caPem, ...device });
    server.emit('connection', far);
    const socket = connect({ socket: near, ca: caPem, rejectUnauthorized: false, ...client });
    const accepted = once(server, 'secureConnection');
    await once(socket, 'secureConnect');
    // What the event of a TLS server hands over.
    const [peer] = (await accepted) as [TLSSocket];
    const verdicts = [peer, socket].map((end) => (end.authorized ? 'authorized' : end.authorizationError));
    for (const end of [peer, socket]) end.destroy();
    return { ofClient: verdicts[0], ofServer: verdicts[1] };
  }

  it('admits a device as a client, and not as a server', async () => {
    expect(await shakeHands(device)).toEqual({ ofClient: 'authorized', ofServer: 'INVALID_PURPOSE' });
  });

  it("refuses the device of another emulator's authority", async () => {
    expect(await shakeHands(stranger)).toMatchObject({ ofClient: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });
});
