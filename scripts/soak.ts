import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runSoak, type SoakSummary } from '../test/faults/soak/runSoak.ts';
import type { SoakProgress } from '../test/faults/soak/soakTally.ts';
import { findVendorApi } from '../test/support/vendorApis.ts';

const CALLERS = 8;
const MINUTE_MS = 60_000;

const formatMb = (mb: number) => `${mb.toFixed(1)} MB`;

function describeProgress({ elapsedMs, calls, slowestMs, broken, heapMb, rssMb }: SoakProgress): string {
  const time = `${(elapsedMs / MINUTE_MS).toFixed(1)} min`;
  return `${time}  ${calls} calls  slowest ${(slowestMs / 1000).toFixed(1)} s  heap ${formatMb(heapMb)}  rss ${formatMb(rssMb)}  broken ${broken.length}`;
}

function describeCounts(title: string, counts: ReadonlyMap<string, number>): string {
  const lines = [...counts].toSorted(([, a], [, b]) => b - a).map(([what, count]) => `  ${String(count).padStart(7)}  ${what}`);
  return [title, ...lines].join('\n');
}

function describeSummary(summary: SoakSummary): string {
  return [
    describeCounts('answers', summary.answers),
    describeCounts('faults', summary.faults),
    `stored tasks compared with the vendor's, then read without the vendor: ${summary.readWithoutVendor}`,
    describeProgress(summary),
    ...summary.broken.map((what) => `BROKEN: ${what}`),
  ].join('\n');
}

/** @throws Error naming the option */
function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' }, api: { type: 'string', default: 'v2' } },
  });
  const [minutes, seed] = [Number(values.minutes), values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)];
  if (!(minutes > 0)) throw new Error('--minutes must be a number above 0');
  if (!Number.isSafeInteger(seed)) throw new Error('--seed must be a whole number');
  return { minutes, seed, vendorApi: findVendorApi(values.api) };
}

/** `npm run soak -- --minutes 10 [--seed n] [--api 2018-06-14]`: exit status 1 if an invariant was broken. */
if (import.meta.main) {
  const { minutes, seed, vendorApi } = readOptions(process.argv.slice(2));
  console.log(`soak of ${minutes} min over ${vendorApi.name}, seed ${seed}, a fault in one of ten calls`);
  const summary = await runSoak({
    vendorApi,
    seed,
    callers: CALLERS,
    isOver: (elapsedMs) => elapsedMs >= minutes * MINUTE_MS,
    onProgress: (progress) => console.log(describeProgress(progress)),
  });
  console.log(describeSummary(summary));
  // Every server is closed, every child gone: what is left is none of our business.
  process.exit(summary.broken.length === 0 ? 0 : 1);
}
