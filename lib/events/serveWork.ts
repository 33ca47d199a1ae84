import { randomUUID } from 'node:crypto';
import type { BaseContainer } from '../baseContainer.ts';
import { nameRequest, serveRequest } from '../currentRequest.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import { ConfigError } from '../environment.ts';
import { openContext } from '../http/exchange.ts';
import { measureExchange } from '../http/measureExchange.ts';
import { joinTrace } from '../http/traceContext.ts';
import { describeError, type LogFields } from '../logger.ts';
import type { Metrics } from '../metrics.ts';

/** A piece of work that nobody waits for: a step of a batch, a sweep. */
export interface Work {
  /** In the log and in the metrics. */
  readonly name: string;
  /** Of the invocation or of the message; made up if left out. */
  readonly id?: string | undefined;
  /** What else its line says. */
  readonly fields: LogFields;
  /** Milliseconds until the platform ends it. */
  readonly remainingMs: number;
  /** @returns what it counts besides what the context tells */
  readonly run: (context: RequestContext) => Promise<Metrics>;
}

type Outcome = { readonly ok: true; readonly metrics: Metrics } | { readonly ok: false; readonly error: unknown };

function measureSettled({ settled }: RequestContext['tally']): Metrics {
  return settled === undefined ? {} : { DevicesCreated: settled.created, DevicesFailed: settled.failed, DevicesUnknown: settled.unknown };
}

function describeFailure(error: unknown): LogFields {
  return { ...describeError(error), ...(error instanceof ConfigError ? { variable: error.variable } : {}) };
}

/** Does work and leaves one line of it, which is an EMF document as well. @returns how it ended */
export function createServeWork(getContainer: () => BaseContainer, now: () => number) {
  let coldStart = true;
  return (work: Work): Promise<Outcome> =>
    serveRequest(async () => {
      const startedAtMs = now();
      const context = openContext(work.remainingMs, startedAtMs);
      nameRequest({ requestId: work.id ?? randomUUID(), traceId: joinTrace(undefined).traceId });
      const outcome = await work.run(context).then(
        (metrics): Outcome => ({ ok: true, metrics }),
        (error: unknown): Outcome => ({ ok: false, error }),
      );
      const { tally } = context;
      const durationMs = now() - startedAtMs;
      const fields = { ...work.fields, route: work.name };
      const metrics = { ...measureExchange({ tally, status: outcome.ok ? 200 : 500, durationMs, coldStart, fault: {} }), ...measureSettled(tally) };
      coldStart = false;
      const { logger } = getContainer();
      if (outcome.ok) logger.info(fields, { ...metrics, ...outcome.metrics });
      else logger.error({ ...fields, ...describeFailure(outcome.error) }, { ...metrics, BatchFault: 1 });
      return outcome;
    });
}
