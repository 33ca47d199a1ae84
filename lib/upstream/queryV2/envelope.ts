import * as z from 'zod/mini';
import { failed, type Failure, type Outcome } from '../failure.ts';
import { parseJson } from '../parseJson.ts';
import { wireInt } from '../wireTypes.ts';
import { meaningOf } from './codes.ts';

export const API = 'v2';

const envelope = z.object({ code: wireInt });

// ASCII or full-width brackets, and the latter also double-escaped, as some of the vendor's gateways send them.
const MODULE_CODE = /^\s*(?:[(（]|\\uff08)\s*(-?\d{1,9})\s*(?:[)）]|\\uff09)/i;
// Real text of a 4500 ends in `腾讯服务器 Timestamp = 1556706450`.
const VENDOR_CLOCK = /Timestamp\s*=\s*(\d{9,11})(?!\d)/;
// An English name such as `InvalidParameter.Name`; anything else is not worth passing on.
const CODE_DESC = /^[A-Za-z][A-Za-z0-9_.]{0,63}$/;

function textMember(payload: object, name: string): string {
  const value: unknown = Reflect.get(payload, name);
  return typeof value === 'string' ? value : '';
}

/** The number in `(2006)text` or `（2006）text`; `undefined` if the message has none. */
export function parseModuleCode(message: string): number | undefined {
  const digits = MODULE_CODE.exec(message)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function toRefusal(code: number, payload: object): Failure {
  const message = textMember(payload, 'message');
  const moduleCode = parseModuleCode(message);
  const codeDesc = textMember(payload, 'codeDesc');
  const clock = VENDOR_CLOCK.exec(message)?.[1];
  return {
    kind: 'refusal',
    meaning: meaningOf(code, moduleCode),
    upstream: {
      api: API,
      code,
      ...(moduleCode === undefined ? {} : { moduleCode }),
      ...(CODE_DESC.test(codeDesc) ? { codeDesc } : {}),
    },
    ...(clock === undefined ? {} : { vendorClockS: Number(clock) }),
  };
}

/**
 * Reads one answer: JSON, then the envelope, then the action's payload.
 * @param text the body, decoded
 * @param payloadSchema the action's own fields (source: `docs/legacy-api.md`)
 */
export function parseEnvelope<T>(text: string, payloadSchema: z.ZodMiniType<T>): Outcome<T> {
  const json = parseJson(text);
  if (json === undefined) return failed({ kind: 'unreadable', reason: 'json' });
  const head = envelope.safeParse(json);
  if (!head.success || typeof json !== 'object' || json === null)
    return failed({ kind: 'unreadable', reason: 'shape' });
  if (head.data.code !== 0) return failed(toRefusal(head.data.code, json));
  const payload = payloadSchema.safeParse(json);
  return payload.success ? { ok: true, value: payload.data } : failed({ kind: 'unreadable', reason: 'shape' });
}
