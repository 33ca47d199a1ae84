import type { RequestContext } from '../deviceTasks/requestContext.ts';
import type { Breaker } from './breaker.ts';
import type { AdmitCall } from './callRate.ts';
import { failed, type Outcome } from './failure.ts';
import type { Transport } from './httpTransport.ts';
import { createRetries, MIN_ATTEMPT_MS, type RetryDeps } from './retries.ts';
import type { Signing, VendorApi, VendorCall } from './vendorApi.ts';
import { measureAheadMs } from './vendorClock.ts';

export interface VendorClientDeps extends RetryDeps {
  readonly transport: Transport;
  readonly breaker: Breaker;
  /** Milliseconds for one attempt. */
  readonly timeoutMs: number;
  /** Holds every attempt to a rate; left out, each is made at once. */
  readonly admitCall?: AdmitCall;
}

type Send<Parameters> = <T>(call: VendorCall<Parameters, T>, context: RequestContext) => Promise<Outcome<T>>;

export interface VendorClient<Parameters> {
  /** A call that changes nothing: sent again after faults, behind the breaker. */
  readonly read: Send<Parameters>;
  /** A call that must not happen twice: sent again only if it surely did nothing, over a connection of its own. */
  readonly create: Send<Parameters>;
}

/** Calls of one of the vendor's APIs, within the time of the request they are made for, counted in its tally. */
export function createVendorClient<Parameters>(api: VendorApi<Parameters>, deps: VendorClientDeps): VendorClient<Parameters> {
  const { clock, keys, transport, breaker, admitCall = () => Promise.resolve(true) } = deps;
  const withRetries = createRetries(deps);
  const hasTime = (context: RequestContext, neededMs = MIN_ATTEMPT_MS) => context.deadlineMs - clock.now() >= neededMs;

  const send = async <T>(call: VendorCall<Parameters, T>, signing: Signing, timeoutMs: number, freshConnection: boolean): Promise<Outcome<T>> => {
    const sentMs = clock.now();
    const reply = await transport({ ...api.sign(call, signing), timeoutMs, freshConnection });
    if (!reply.ok) return reply;
    const outcome = api.parse(reply.value, call);
    if (!outcome.ok || call.readsClock !== true) return outcome;
    return { ...outcome, aheadMs: measureAheadMs(reply.value.headers.date, sentMs, clock.now()) };
  };

  const attempt = async <T>(call: VendorCall<Parameters, T>, context: RequestContext, signing: Signing, freshConnection: boolean): Promise<Outcome<T>> => {
    const neededMs = call.minTimeMs ?? MIN_ATTEMPT_MS;
    const isAdmitted = hasTime(context, neededMs) && (await admitCall(context.deadlineMs - neededMs));
    // A process that was frozen meanwhile must not send what others take for given up.
    if (!isAdmitted || !hasTime(context, neededMs)) return failed({ kind: 'no-time-left' });
    const startedMs = clock.now();
    const timeoutMs = Math.min(deps.timeoutMs, context.deadlineMs - startedMs);
    context.tally.vendorCalls += 1;
    context.tally.lastSentAtMs = startedMs;
    const outcome = await send(call, signing, timeoutMs, freshConnection);
    context.tally.vendorMs += clock.now() - startedMs;
    return outcome;
  };

  /** What cannot be sent is not for the breaker, which would take it for an answer of the vendor. */
  const unsendable = async (context: RequestContext) => {
    try {
      await keys.current();
    } catch (error) {
      return failed({ kind: 'no-key', error });
    }
    return hasTime(context) ? undefined : failed({ kind: 'no-time-left' });
  };

  return {
    read: async (call, context) =>
      (await unsendable(context)) ??
      breaker.run(() => withRetries('read', (signing) => attempt(call, context, signing, false), context)),
    create: (call, context) => withRetries('creation', (signing) => attempt(call, context, signing, true), context),
  };
}
