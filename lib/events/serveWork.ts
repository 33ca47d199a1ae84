import { randomUUID } from 'node:crypto';
import type { BaseContainer } from '../baseContainer.ts';
import { nameRequest, serveRequest } from '../currentRequest.ts';
import type { RequestContext } from '../deviceTasks/requestContext.ts';
import { ConfigError } from '../environment.ts';
import { openContext } from '../http/exchange.ts';
import { measureExchange } from '../http/measureExchange.ts';
import { joinTrace } from '../http/traceContext.ts';
import { describeError, type LogFields } from '../logger.ts';

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
  readonly run: (context: RequestContext) => Promise<void>;
}

/** Does work and leaves one line of it, which is an EMF document as well. @returns what it failed with, if it did */
export function createServeWork(getContainer: () => BaseContainer, now: () => number) {
  let coldStart = true;
  return (work: Work): Promise<{ readonly error: unknown } | undefined> =>
    serveRequest(async () => {
      const startedAtMs = now();
      const context = openContext(work.remainingMs, startedAtMs);
      nameRequest({ requestId: work.id ?? randomUUID(), traceId: joinTrace(undefined).traceId });
      const failure = await work.run(context).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      const { tally } = context;
      const durationMs = now() - startedAtMs;
      const fields = { ...work.fields, route: work.name };
      const metrics = measureExchange({ tally, status: failure === undefined ? 200 : 500, durationMs, coldStart, fault: {} });
      coldStart = false;
      const { logger } = getContainer();
      if (failure === undefined) logger.info(fields, metrics);
      else {
        const variable = failure.error instanceof ConfigError ? { variable: failure.error.variable } : {};
        logger.error({ ...fields, ...describeError(failure.error), ...variable }, { ...metrics, BatchFault: 1 });
      }
      return failure;
    });
}
