import { secretOf, type Device, type TaskRef } from '../deviceTasks/device.ts';
import type { Logger } from '../logger.ts';
import type { Exchange } from './exchange.ts';

/** Leaves the audit line of an answer with secrets: who read how many, of which task; never a secret itself. */
export function auditCredentials(logger: Logger, exchange: Exchange, ref: TaskRef, answered: readonly Device[]): void {
  const devices = answered.filter((device) => secretOf(device) !== undefined).length;
  if (devices === 0) return;
  exchange.scope.tally.credentialsRead = devices;
  const { iss, sub, client } = exchange.caller ?? {};
  logger.audit({
    event: 'credentials-read',
    ...(iss === undefined ? {} : { iss }),
    ...(sub === undefined ? {} : { sub }),
    ...(client === undefined ? {} : { client }),
    ...ref,
    devices,
    requestId: exchange.request.id,
  });
}
