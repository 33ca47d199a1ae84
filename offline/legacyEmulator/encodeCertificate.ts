import { sign, type KeyObject } from 'node:crypto';

export interface CertificateParts {
  serial: Buffer;
  issuer: string;
  subject: string;
  notBefore: Date;
  notAfter: Date;
  publicKey: KeyObject;
  /** The issuer's EC P-256 key. */
  signingKey: KeyObject;
}

const tags = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  utf8: 0x0c,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
};
const oids = {
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
  commonName: Buffer.from('0603550403', 'hex'),
  basicConstraints: Buffer.from('0603551d13', 'hex'),
};

function encode(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

function encodeName(commonName: string): Buffer {
  const value = encode(tags.utf8, Buffer.from(commonName));
  return encode(tags.sequence, encode(tags.set, encode(tags.sequence, oids.commonName, value)));
}

// RFC 5280 wants UTCTime, with two digits for the year, up to 2049.
function encodeTime(date: Date): Buffer {
  const digits = `${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
  const isShort = date.getUTCFullYear() < 2050;
  return isShort ? encode(tags.utcTime, Buffer.from(digits.slice(2))) : encode(tags.time, Buffer.from(digits));
}

// An empty constraint says that the certificate is no authority's.
function encodeExtensions(): Buffer {
  const constraint = encode(tags.octets, encode(tags.sequence));
  return encode(0xa3, encode(tags.sequence, encode(tags.sequence, oids.basicConstraints, constraint)));
}

function encodeBody(parts: CertificateParts, algorithm: Buffer): Buffer {
  const version3 = encode(0xa0, encode(tags.integer, Buffer.from([2])));
  return encode(
    tags.sequence,
    version3,
    encode(tags.integer, parts.serial),
    algorithm,
    encodeName(parts.issuer),
    encode(tags.sequence, encodeTime(parts.notBefore), encodeTime(parts.notAfter)),
    encodeName(parts.subject),
    parts.publicKey.export({ type: 'spki', format: 'der' }),
    encodeExtensions(),
  );
}

/** An X.509 v3 certificate (RFC 5280), DER, signed ECDSA with SHA-256; names hold a common name only. */
export function encodeCertificate(parts: CertificateParts): Buffer {
  const algorithm = encode(tags.sequence, oids.ecdsaWithSha256);
  const body = encodeBody(parts, algorithm);
  const signature = encode(tags.bits, Buffer.from([0]), sign('sha256', body, parts.signingKey));
  return encode(tags.sequence, body, algorithm, signature);
}
