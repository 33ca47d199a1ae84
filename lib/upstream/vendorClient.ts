import type * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { RequestScope } from '../deviceTasks/requestScope.ts';
import type { Breaker } from './breaker.ts';
import { parseEnvelope } from './queryV2/envelope.ts';
import { failed, type LegacyFailure, type Outcome } from './failure.ts';
import type { Transport } from './httpTransport.ts';
import { backoffMs, isKeyRefused, MAX_ATTEMPTS, mayRetryCreation, mayRetryRead, type ClockLesson } from './retryPolicy.ts';
import { signCall, type LegacyParameters, type SignatureMethod, type SignedCall } from './queryV2/signature.ts';
import { createVendorClock } from './vendorClock.ts';
import type { VendorKey, VendorKeys } from './vendorKeys.ts';

/** One action of the query API: its own parameters and the shape of its answer. */
export interface LegacyCall<T> {
  readonly action: string;
  readonly parameters: LegacyParameters;
  readonly payload: z.ZodMiniType<T>;
}

export interface LegacyClientDeps {
  readonly endpoint: string;
  readonly region: string;
  readonly signatureMethod: SignatureMethod;
  /** Milliseconds for one attempt. */
  readonly timeoutMs: number;
  readonly keys: VendorKeys;
  readonly transport: Transport;
  readonly breaker: Breaker;
  readonly clock: Clock;
  /** A positive 31-bit integer, never twice for the same key and time. */
  readonly nonce: () => number;
  /** In [0, 1), for the backoff. */
  readonly random: () => number;
}

export interface LegacyClient {
  /** A call that changes nothing: repeated after faults, behind the breaker. */
  readonly read: <T>(call: LegacyCall<T>, scope: RequestScope) => Promise<Outcome<T>>;
  /** A call that must not happen twice: repeated only where it surely did nothing. */
  readonly create: <T>(call: LegacyCall<T>, scope: RequestScope) => Promise<Outcome<T>>;
}

/** What one attempt is signed with; held for the whole attempt, while other calls may learn key or clock anew. */
interface Stamp {
  readonly key: VendorKey;
  /** The vendor's clock less ours. */
  readonly offsetS: number;
}

type Send<T> = (stamp: Stamp) => Promise<Outcome<T>>;
type MayRetry = (failure: LegacyFailure, attempt: number, lesson: ClockLesson | undefined) => boolean;

// Less than this is no time for a round trip to the vendor.
const MIN_ATTEMPT_MS = 50;

/** The signed query call: common parameters added, each attempt signed anew with the vendor's clock. */
export function createLegacyClient(deps: LegacyClientDeps): LegacyClient {
  const url = new URL(deps.endpoint);
  const vendorClock = createVendorClock(deps.clock.now);

  const sign = (call: LegacyCall<unknown>, { key, offsetS }: Stamp): SignedCall => {
    const common = {
      Action: call.action,
      Region: deps.region,
      Timestamp: Math.floor(deps.clock.now() / 1000) + offsetS,
      Nonce: deps.nonce(),
      SecretId: key.secretId,
      SignatureMethod: deps.signatureMethod,
      ...(key.token === undefined ? {} : { Token: key.token.reveal() }),
    };
    return signCall({ ...call.parameters, ...common }, {
      host: url.host,
      path: url.pathname,
      signatureMethod: deps.signatureMethod,
      secretKey: key.secretKey.reveal(),
    });
  };

  const attempt = async <T>(call: LegacyCall<T>, stamp: Stamp, timeoutMs: number, freshConnection: boolean): Promise<Outcome<T>> => {
    const { httpMethod, query } = sign(call, stamp);
    const target = new URL(url);
    if (httpMethod === 'GET') target.search = query;
    const body = httpMethod === 'POST' ? { body: query } : {};
    const answer = await deps.transport({ httpMethod, url: target, timeoutMs, freshConnection, ...body });
    return answer.ok ? parseEnvelope(answer.value, call.payload) : answer;
  };

  const counted = async <T>(call: LegacyCall<T>, scope: RequestScope, stamp: Stamp, freshConnection: boolean): Promise<Outcome<T>> => {
    const startedMs = deps.clock.now();
    const leftMs = scope.deadlineMs - startedMs;
    if (leftMs < MIN_ATTEMPT_MS) return failed({ kind: 'no-time-left' });
    const timeoutMs = Math.min(deps.timeoutMs, leftMs);
    scope.tally.vendorCalls += 1;
    const outcome = await attempt(call, stamp, timeoutMs, freshConnection);
    scope.tally.vendorMs += deps.clock.now() - startedMs;
    return outcome;
  };

  const takeStamp = async (): Promise<Outcome<Stamp>> => {
    try {
      const key = await deps.keys.current();
      return { ok: true, value: { key, offsetS: vendorClock.offsetS() } };
    } catch (error) {
      return failed({ kind: 'no-key', error });
    }
  };

  const withRetries = async <T>(send: Send<T>, scope: RequestScope, mayRetry: MayRetry): Promise<Outcome<T>> => {
    let keyRefreshed = false;
    let last: Outcome<T> | undefined;
    for (let number = 1; ; number += 1) {
      const stamp = await takeStamp();
      if (!stamp.ok) return last ?? stamp;
      const outcome = await send(stamp.value);
      if (outcome.ok) return outcome;
      const { failure } = outcome;
      // An attempt that was not sent says nothing; the one before it does.
      if (failure.kind === 'no-time-left') return last ?? outcome;
      last = outcome;
      const lesson = vendorClock.learn(failure, stamp.value.offsetS);
      if (isKeyRefused(failure) && !keyRefreshed && number < MAX_ATTEMPTS) {
        keyRefreshed = true;
        if (await deps.keys.refresh(stamp.value.key)) continue;
      }
      if (!mayRetry(failure, number, lesson)) return outcome;
      const pauseMs = backoffMs(number, deps.random());
      if (deps.clock.now() + pauseMs + MIN_ATTEMPT_MS > scope.deadlineMs) return outcome;
      await deps.clock.sleep(pauseMs);
    }
  };

  const hasTime = (scope: RequestScope) => scope.deadlineMs - deps.clock.now() >= MIN_ATTEMPT_MS;

  return {
    read: async (call, scope) => {
      // What cannot be sent is not for the breaker, which would take it for an answer of the vendor.
      const first = await takeStamp();
      if (!first.ok) return first;
      if (!hasTime(scope)) return failed({ kind: 'no-time-left' });
      return deps.breaker.run(() => withRetries((stamp) => counted(call, scope, stamp, false), scope, mayRetryRead));
    },
    create: (call, scope) => withRetries((stamp) => counted(call, scope, stamp, true), scope, mayRetryCreation),
  };
}
