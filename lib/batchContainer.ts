import { randomUUID } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import { once } from './baseContainer.ts';
import { createServices, openContainer, type Container, type Services } from './container.ts';
import { createBatchServices, type BatchServices } from './deviceBatches/createBatchServices.ts';
import { createReadNames } from './deviceTasks/readResults.ts';
import type { Environment } from './environment.ts';
import { createVendor, type Parts, type Replacements } from './containerParts.ts';
import { connectBatchEvents, connectStepQueue } from './queue/connectQueue.ts';
import { createReadBatchList } from './store/batchList.ts';
import { createBatchKeyStore } from './store/batchKeyStore.ts';
import { createBatchStore } from './store/batchStore.ts';
import { createFindingStore } from './store/findingStore.ts';
import { createCallRate } from './upstream/callRate.ts';

/** Tasks and batches; only the functions of batches carry it. */
export type BatchContainer = Container<Services & BatchServices>;

function wireBatches(parts: Parts, replaced: Replacements): BatchServices {
  const { config, logger, table, account, wrapper, clock, reportFault, store } = parts;
  const batches = createBatchStore({ table, account, clock });
  const vendor = createVendor(config, replaced, createCallRate(config.batches.callsPerS, replaced.clock ?? clock));
  return createBatchServices({
    source: vendor.source,
    // A key that could not be kept must not be fetched.
    lookup: wrapper === undefined ? undefined : vendor.lookup,
    resolveAfterMs: config.batches.resolveAfterS * 1000,
    findings: createFindingStore({ table, account, wrapper, clock, reportFault }),
    auditRecovery: ({ caller, ...about }) => logger.audit({ event: 'credentials-recovered', ...caller, ...about, devices: 1 }),
    results: store,
    readNames: createReadNames(parts),
    batches,
    batchList: createReadBatchList({ table, account, clock, batches }),
    keys: createBatchKeyStore({ table, account, clock }),
    queue: replaced.queue ?? connectStepQueue(config.batches),
    events: replaced.events ?? connectBatchEvents(config.batches),
    reportFault,
    clock,
    random: replaced.random ?? Math.random,
    newBatchId: (nowMs) => uuidV7({ msecs: nowMs }),
    newClaimId: randomUUID,
  });
}

/** The composition root of batches, tasks included. @param env the process's own if left out. @throws ConfigError naming the variable */
export function createBatchContainer(env?: Environment, replaced: Replacements = {}): BatchContainer {
  return openContainer(env, replaced, (parts) => ({ ...createServices(parts, replaced), ...wireBatches(parts, replaced) }));
}

/** The process's container, built on the first event. */
export const getBatchContainer = once(() => createBatchContainer());
