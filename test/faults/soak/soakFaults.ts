import { type Fault } from '../../support/wireFaults.ts';
import type { Chance } from './random.ts';
import type { SoakWorld } from './soakWorld.ts';

const vendorFaults: readonly Fault[] = [
  'refuse',
  'reset-before-request',
  'reset-after-request',
  'hang',
  'trickle',
  'truncate',
  'garbage',
  'broken-body',
  'html',
  'redirect',
  'status-500',
  'huge-body',
  'length-too-long',
  'length-too-short',
  'slow',
];
const tableFaults: readonly Fault[] = [...vendorFaults.filter((fault) => fault !== 'huge-body'), 'throttle'];

const ONE_CALL_IN = 10;
const ONE_FAULT_LASTS_IN = 10;
const LASTS = 20;

/** Puts a fault in the way of one call in ten; one in ten of those lasts, so that the breaker gets to open. */
export function createFaultInjector({ vendor, table }: SoakWorld, chance: Chance) {
  const counts = new Map<string, number>();
  let isBusy = false;
  return {
    counts: counts as ReadonlyMap<string, number>,
    maybeFail: async (): Promise<void> => {
      if (!chance.isOneIn(ONE_CALL_IN) || isBusy) return;
      isBusy = true;
      const [name, proxy, faults] = chance.isOneIn(3) ? (['table', table, tableFaults] as const) : (['vendor', vendor, vendorFaults] as const);
      const fault = chance.pick(faults);
      // The last one may not have met anything yet.
      await proxy.heal();
      proxy.fail(fault, { times: chance.isOneIn(ONE_FAULT_LASTS_IN) ? LASTS : 1 });
      counts.set(`${name} ${fault}`, (counts.get(`${name} ${fault}`) ?? 0) + 1);
      isBusy = false;
    },
    stop: async () => {
      await vendor.heal();
      await table.heal();
    },
  };
}
