import type { BatchRef } from '../deviceBatches/batch.ts';
import { secretOf, type BatchDevice, type TaskRef } from '../deviceTasks/device.ts';
import type { Logger } from '../logger.ts';
import { identityOf, requireScopes } from './caller.ts';
import type { Exchange } from './exchange.ts';

/** Whether secrets are asked for. @throws AppError `forbidden` if the caller may not read them */
export function wantsCredentials({ query, caller }: Exchange<unknown, { readonly include?: 'credentials' }>): boolean {
  if (query.include !== 'credentials') return false;
  if (caller !== undefined) requireScopes(caller, ['devices:credentials']);
  return true;
}

/** What an audit line says the secrets are of. */
type Audited = (TaskRef | BatchRef) & { readonly deviceName?: string };

/** Leaves the audit line of an answer with secrets: who read how many, and of what; never a secret itself. */
export function auditCredentials(logger: Logger, exchange: Exchange, ref: Audited, answered: readonly BatchDevice[]): void {
  const devices = answered.filter((device) => secretOf(device) !== undefined).length;
  if (devices === 0) return;
  exchange.context.tally.credentialsRead = devices;
  logger.audit({
    event: 'credentials-read',
    ...identityOf(exchange.caller),
    ...ref,
    devices,
    requestId: exchange.request.id,
  });
}
