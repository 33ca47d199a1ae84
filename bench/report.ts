import type { LoadFigures } from './load.ts';
import { round, type Summary } from './stats.ts';
import type { Figures, Verdict } from './targets.ts';

export interface Results extends Figures {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly load: readonly LoadFigures[];
  readonly heapMb: readonly number[];
  readonly whileVendorHangs: LoadFigures;
  readonly targets: readonly Verdict[];
}

const show = ({ median, q1, q3 }: Summary) => `${round(median)} (${round(q1)}–${round(q3)})`;
const showLoad = ({ clients, perSecond, p50Ms, p99Ms }: LoadFigures) => ({
  clients,
  'answers/s': Math.round(perSecond),
  'p50 ms': round(p50Ms),
  'p99 ms': round(p99Ms),
});

function tableOf<T>(entries: Readonly<Record<string, T>>, row: (value: T) => object): void {
  console.table(Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, row(value)])));
}

/** Prints the figures as tables: medians, quartiles in brackets. */
export function printReport(results: Results): void {
  const { machine, coldStart, signing, warm, coldPages, units, writes, reads, load, heapMb, whileVendorHangs, targets } = results;
  console.log(Object.entries(machine).map(([name, value]) => `${name} ${value}`).join(', '));
  console.log('\nCold start (ms)');
  tableOf(coldStart.totalMs, (total) => ({ 'process to answer': show(total) }));
  tableOf(coldStart.importMs, (importMs) => ({ import: show(importMs) }));
  console.table(coldStart.bundleKb);
  console.log('\nWarm stored pages');
  tableOf(warm, ({ cpuMs, bareCpuMs, cpuRatio, latencyMs }) => ({
    'CPU ms': show(cpuMs),
    'bare CPU ms': show(bareCpuMs),
    ratio: show(cpuRatio),
    'latency ms': show(latencyMs),
  }));
  console.log('\nCold pages, by the size of the task');
  tableOf(coldPages, ({ latencyMs, bareCallsMs, bareWritesMs, bareChainMs, ratio, floor }) => ({
    ms: show(latencyMs),
    'bare calls ms': show(bareCallsMs),
    'bare rows ms': show(bareWritesMs),
    'bare requests ms': show(bareChainMs),
    ratio: show(ratio),
    floor: show(floor),
  }));
  console.log('\nSigning (µs a call)');
  tableOf(signing.us, (us) => ({ us: show(us) }));
  console.log('\nWhat a page reads');
  console.table(units);
  console.log('\nWhat storing a task writes');
  console.table(writes);
  console.log('\nWhat a read sends and leaves in the logs, bytes');
  console.table(reads);
  console.log('\nLoad on stored pages, one process');
  console.table([...load, whileVendorHangs].map(showLoad));
  console.log(`heap (MB): ${heapMb.map((value) => round(value, 1)).join(' → ')}`);
  console.log('\nTargets');
  for (const { target, limit, value, isMet } of targets)
    console.log(`${isMet ? 'met   ' : 'MISSED'} ${target}: ${typeof value === 'number' ? value : show(value)} ≤ ${limit}`);
}
