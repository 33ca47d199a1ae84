import type { IncomingHttpHeaders } from 'node:http';
import type * as z from 'zod/mini';
import type { Outcome } from './failure.ts';
import type { VendorKey } from './vendorKeys.ts';

/** One call of an action: its own parameters and the shape of its answer. */
export interface VendorCall<Parameters, T> {
  readonly action: string;
  readonly parameters: Parameters;
  readonly payload: z.ZodMiniType<T>;
  /** With less time than this left it is not sent, if waiting for its answer matters more than usual. */
  readonly minTimeMs?: number;
  /** Whether the vendor's clock is to be read off its answer. */
  readonly readsClock?: true;
}

/** What one attempt is signed with. */
export interface Signing {
  readonly key: VendorKey;
  /** Unix seconds by the vendor's clock. */
  readonly timestampS: number;
}

export interface SignedRequest {
  readonly httpMethod: 'GET' | 'POST';
  readonly url: URL;
  /** Beside those every call carries. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The answer to a request: HTTP 200 and text. */
export interface VendorReply {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One of the vendor's APIs: how its calls are signed and its answers are read. Both are pure but for a nonce. */
export interface VendorApi<Parameters> {
  readonly sign: (call: VendorCall<Parameters, unknown>, signing: Signing) => SignedRequest;
  /** A refusal carries what it means. */
  readonly parse: <T>(reply: VendorReply, call: VendorCall<Parameters, T>) => Outcome<T>;
}
