import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod/mini';
import { failed, type CodeMeaning, type Failure, type Outcome } from '../failure.ts';
import { meaningOfGatewayCode } from '../gatewayCodes.ts';
import { parseJson } from '../parseJson.ts';
import type { VendorReply } from '../vendorApi.ts';
import { wireInt } from '../wireTypes.ts';
import { meaningOf } from './codes.ts';

export const API = '2018-06-14';

const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

const refusedEnvelope = z.object({
  Response: z.object({
    Error: z.object({ Code: z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9_.]{0,127}$/)) }),
    RequestId: z.optional(z.unknown()),
  }),
});
// A gateway in front of the service may refuse in the form of the query API.
const queryEnvelope = z.object({ code: wireInt.check(z.refine((code) => code !== 0)) });
const answeredEnvelope = z.object({ Response: z.looseObject({}) });

/** The vendor's clock as his answer's `Date` tells it: a refusal for time says it nowhere else. */
function readClock({ date = '' }: IncomingHttpHeaders): { vendorClockS?: number } {
  const atMs = Date.parse(date);
  return Number.isNaN(atMs) ? {} : { vendorClockS: Math.floor(atMs / 1000) };
}

function toRefusal(meaning: CodeMeaning, code: string | number, headers: IncomingHttpHeaders, id?: unknown): Failure {
  return {
    kind: 'refusal',
    meaning,
    upstream: { api: API, code, ...(typeof id === 'string' && REQUEST_ID.test(id) ? { requestId: id } : {}) },
    ...(meaning.class === 'clock-refused' ? readClock(headers) : {}),
  };
}

/**
 * Reads one answer: JSON, then the envelope in either form, then the action's payload.
 * @param payloadSchema the action's own fields (source: `docs/tencent-api-3.md`)
 */
export function parseEnvelope<T>({ text, headers }: VendorReply, payloadSchema: z.ZodMiniType<T>): Outcome<T> {
  const json = parseJson(text);
  if (json === undefined) return failed({ kind: 'unreadable', reason: 'json' });
  const refused = refusedEnvelope.safeParse(json);
  if (refused.success) {
    const { Error: error, RequestId: id } = refused.data.Response;
    return failed(toRefusal(meaningOf(error.Code), error.Code, headers, id));
  }
  const query = queryEnvelope.safeParse(json);
  if (query.success) return failed(toRefusal(meaningOfGatewayCode(query.data.code), query.data.code, headers));
  const answered = answeredEnvelope.safeParse(json);
  // An `Error` that could not be read is no success either.
  if (!answered.success || 'Error' in answered.data.Response) return failed({ kind: 'unreadable', reason: 'shape' });
  const payload = payloadSchema.safeParse(answered.data.Response);
  return payload.success ? { ok: true, value: payload.data } : failed({ kind: 'unreadable', reason: 'shape' });
}
