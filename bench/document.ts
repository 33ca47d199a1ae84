import { join } from 'node:path';
import { root } from '../tools/paths.ts';
import { renderAtScale } from '../scripts/bill.ts';
import { formatTable } from '../scripts/markedSection.ts';
import type { LoadFigures } from './load.ts';
import type { Results } from './report.ts';
import { round, type Summary } from './stats.ts';

export const documentFile = join(root, 'docs', 'performance.md');

const show = ({ median, q1, q3 }: Summary, digits = 2) => `${round(median, digits)} (${round(q1, digits)}–${round(q3, digits)})`;
const number = (value: number, digits = 1) => String(round(value, digits));

function showLoad({ clients, perSecond, p50Ms, p99Ms }: LoadFigures, what: string): string[] {
  return [String(clients), what, number(perSecond, 0), number(p50Ms), number(p99Ms)];
}

const renderTargets = ({ targets }: Results) =>
  formatTable(
    ['target', 'at most', 'measured', ''],
    targets.map(({ target, limit, value, isMet }) => [target, String(limit), typeof value === 'number' ? number(value, 2) : show(value), isMet ? 'met' : '**missed**']),
  );

const COLD_NAMES = { ours: 'ours', bare: '(a) a bare handler', starter: '(b) a usual starter', tencent: '(c) tencentcloud-sdk-nodejs' };

function renderColdStart({ coldStart }: Results): string {
  const { bundleKb, importMs, firstCallMs, totalMs } = coldStart;
  const variants = Object.keys(COLD_NAMES) as (keyof typeof COLD_NAMES)[]; // its own keys
  return formatTable(
    ['', 'bundle, KB', 'import, ms', 'first call, ms', 'process to answer, ms'],
    variants.map((name) => [COLD_NAMES[name], String(bundleKb[name]), show(importMs[name], 1), show(firstCallMs[name], 1), show(totalMs[name], 0)]),
  );
}

const renderWarm = ({ warm }: Results) =>
  formatTable(
    ['stored page of', 'CPU, ms', 'bare Query, CPU ms', 'ratio', 'latency, ms', 'bare Query, latency ms'],
    Object.entries(warm).map(([name, page]) => [name, show(page.cpuMs), show(page.bareCpuMs), show(page.cpuRatio), show(page.latencyMs, 1), show(page.bareLatencyMs, 1)]),
  );

const COLD_PAGE_ROWS = {
  latencyMs: 'the whole answer, stored, ms',
  bareCallsMs: 'the two vendor calls, bare, ms',
  bareWritesMs: 'its rows, written by bare requests, ms',
  bareChainMs: 'all requests of a cold read, in its order, bare, ms',
  ratio: 'the answer, × the calls and the rows',
  floor: 'the bare requests, × the calls and the rows',
};

function renderColdPages({ coldPages }: Results): string {
  const rows = Object.keys(COLD_PAGE_ROWS) as (keyof typeof COLD_PAGE_ROWS)[]; // its own keys
  return formatTable(
    ['', ...Object.keys(coldPages).map((size) => `a task of ${size}`)],
    rows.map((row) => [COLD_PAGE_ROWS[row], ...Object.values(coldPages).map((page) => show(page[row], row.endsWith('Ms') ? 1 : 2))]),
  );
}

const renderSigning = ({ signing }: Results) => formatTable(['', 'µs a call'], Object.entries(signing.us).map(([name, us]) => [name, show(us)]));

const renderUnits = ({ units }: Results) =>
  formatTable(
    ['page', 'read units', 'KB read', 'KB of secrets', 'requests'],
    units.map(({ page, ...figures }) => [page, ...[figures.readUnits, figures.kilobytes, figures.secretKilobytes, figures.requests].map(String)]),
  );

const renderWrites = ({ writes }: Results) =>
  formatTable(
    ['task', 'units', 'requests', 'KB a device'],
    writes.map(({ task, writeUnits, requests, kilobytesADevice }) => [task, ...[writeUnits, requests, kilobytesADevice].map(String)]),
  );

const renderReads = ({ reads }: Results) =>
  formatTable(['page', 'body, bytes', 'head, bytes', 'both logs, bytes'], reads.map(({ page, body, head, logs }) => [page, ...[body, head, logs].map(String)]));

const renderLoad = ({ load, whileVendorHangs }: Results) =>
  formatTable(
    ['clients', '', 'answers a second', 'p50, ms', 'p99, ms'],
    [...load.map((figures) => showLoad(figures, 'stored pages of 20')), showLoad(whileVendorHangs, 'the same, ten cold reads hanging at the vendor')],
  );

/** The tables of `docs/performance.md`, by the name of their section. */
export function renderSections(results: Results): Readonly<Record<string, string>> {
  const { machine, heapMb } = results;
  return {
    machine: `${machine['cpu']}, ${machine['memoryGiB']} GiB, Node ${machine['node']}, iotcloud-rest ${machine['version']}, ${String(machine['date']).slice(0, 10)}.\nPeers: ${machine['peers']}`,
    targets: renderTargets(results),
    'cold-start': renderColdStart(results),
    warm: renderWarm(results),
    'cold-page': renderColdPages(results),
    signing: renderSigning(results),
    units: renderUnits(results),
    writes: renderWrites(results),
    reads: renderReads(results),
    'at-scale': renderAtScale(results),
    load: renderLoad(results),
    heap: `${heapMb.map((value) => number(value)).join(' → ')} MB`,
  };
}
