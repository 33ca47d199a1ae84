import { createExchange, type ExchangeFault, type ExchangeReply } from '../net/exchange.ts';
import { failed, type Failure, type Outcome } from './failure.ts';
import type { SignedRequest, VendorReply } from './vendorApi.ts';

export interface TransportRequest extends SignedRequest {
  /** From the look for a connection to the last byte of the answer. */
  readonly timeoutMs: number;
  /** A connection of its own, never one kept alive. */
  readonly freshConnection: boolean;
}

/** Sends one request; answers with an HTTP 200, or with the failure. Never throws. */
export type Transport = (request: TransportRequest) => Promise<Outcome<VendorReply>>;

// A task of 100 RSA certificates is 319 KB; ten times that is no answer of this vendor.
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const ACCEPT = { accept: 'application/json', 'accept-encoding': 'identity' };

function toFailure({ kind, sent, error }: ExchangeFault): Failure {
  switch (kind) {
    case 'timeout':
      return { kind: 'timeout', sent };
    case 'connection':
      return { kind: 'connection', sent, reason: error.code ?? error.name };
    case 'not-http':
      return { kind: 'unreadable', reason: 'http' };
    case 'too-large':
      return { kind: 'unreadable', reason: 'size' };
  }
}

function toReply({ httpStatus, headers, body }: ExchangeReply): Outcome<VendorReply> {
  if (httpStatus !== 200) return failed({ kind: 'unreadable', reason: 'status', httpStatus });
  try {
    return { ok: true, value: { headers, text: new TextDecoder('utf-8', { fatal: true }).decode(body) } };
  } catch {
    return failed({ kind: 'unreadable', reason: 'json' });
  }
}

/** Calls to the vendor over HTTP. Answers other than 200 are not read: redirects and error pages say nothing. */
export function createHttpTransport(): Transport {
  const exchange = createExchange({ maxBodyBytes: MAX_BODY_BYTES, isBodyRead: (httpStatus) => httpStatus === 200 });
  return async (request) => {
    const exchanged = await exchange({ ...request, headers: { ...ACCEPT, ...request.headers } });
    return exchanged.ok ? toReply(exchanged.reply) : failed(toFailure(exchanged.fault));
  };
}
