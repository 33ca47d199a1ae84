import { checkStoredTasks, checkWholeStore, checkWithoutVendor } from './checkStore.ts';
import type { TestVendorApi } from '../../support/vendorApi.ts';
import { createChance } from './random.ts';
import { createFaultInjector } from './soakFaults.ts';
import { createTally, type SoakProgress } from './soakTally.ts';
import { createTraffic, type Traffic } from './soakTraffic.ts';
import { holdsSecret } from './soakTruth.ts';
import { startSoakWorld, type SoakWorld } from './soakWorld.ts';

export interface SoakOptions {
  /** Which API of the vendor's the service calls. */
  readonly vendorApi: TestVendorApi;
  readonly seed: number;
  /** Callers at the same time. */
  readonly callers: number;
  /** Whether to stop after so many milliseconds and calls. */
  readonly isOver: (elapsedMs: number, calls: number) => boolean;
  /** Called every thousand calls. */
  readonly onProgress?: (progress: SoakProgress) => void;
}

export interface SoakSummary extends SoakProgress {
  /** By proxy and fault. */
  readonly faults: ReadonlyMap<string, number>;
  /** Stored tasks that were compared with the vendor's at the end, and then read with the vendor stopped. */
  readonly readWithoutVendor: number;
}

const TIDY_EVERY = 1000;
const MAX_BROKEN = 20;
const COMPARED_AT_END = 500;

async function runTraffic(world: SoakWorld, traffic: Traffic, tally: ReturnType<typeof createTally>, options: SoakOptions): Promise<void> {
  let nextTidy = TIDY_EVERY;
  const tidy = async () => {
    if (tally.calls() < nextTidy) return;
    nextTidy += TIDY_EVERY;
    await tally.guard(() => checkStoredTasks(world, traffic.known), []);
    options.onProgress?.(tally.progress());
  };
  const call = async () => {
    while (tally.broken.length < MAX_BROKEN && !options.isOver(tally.elapsedMs(), tally.calls())) {
      await tally.guard(traffic.step, undefined);
      await tidy();
    }
  };
  await Promise.all(Array.from({ length: options.callers }, call));
}

/** Runs mixed traffic against a vendor and a table that fail, checks every answer, and at the end all that is stored. */
export async function runSoak(options: SoakOptions): Promise<SoakSummary> {
  const chance = createChance(options.seed);
  const tally = createTally();
  const secrets = () => traffic?.known.flatMap(({ devices = [] }) => devices) ?? [];
  let traffic: Traffic | undefined;
  const world = await startSoakWorld(options.vendorApi, (line) => {
    if (holdsSecret(line, secrets())) tally.break('a log line holds a secret');
  });
  try {
    const injector = createFaultInjector(world, chance);
    traffic = createTraffic({ world, chance, beforeCall: injector.maybeFail, onReply: tally.onReply });
    await runTraffic(world, traffic, tally, options);
    await injector.stop();
    const stored = await tally.guard(() => checkWholeStore(world, COMPARED_AT_END), []);
    const readWithoutVendor = await tally.guard(() => checkWithoutVendor(world, stored), 0);
    return { ...tally.progress(), faults: injector.counts, readWithoutVendor };
  } finally {
    await world.close();
  }
}
