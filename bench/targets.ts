import { dollarsADayAtScale } from '../scripts/bill.ts';
import type { ColdStart } from './coldStart.ts';
import type { Signing } from './signing.ts';
import type { Summary } from './stats.ts';
import type { ColdPage } from './coldPage.ts';
import type { ReadBytes } from './reads.ts';
import type { PageUnits, WriteUnits } from './units.ts';
import type { WarmPage } from './warm.ts';

export interface Figures {
  readonly coldStart: ColdStart;
  readonly signing: Signing;
  /** By what is asked for. */
  readonly warm: Readonly<Record<string, WarmPage>>;
  /** By the size of the task. */
  readonly coldPages: Readonly<Record<string, ColdPage>>;
  readonly units: readonly PageUnits[];
  readonly writes: readonly WriteUnits[];
  readonly reads: readonly ReadBytes[];
}

export interface Verdict {
  readonly target: string;
  readonly limit: number;
  readonly value: Summary | number;
  readonly isMet: boolean;
}

function atMost(target: string, limit: number, value: Summary | number): Verdict {
  return { target, limit, value, isMet: (typeof value === 'number' ? value : value.median) <= limit };
}

/** @throws Error if none is there of that name */
function named<T>(list: Readonly<Record<string, T>>, name: string): T {
  const found = list[name];
  if (found === undefined) throw new Error(`${name} was not measured`);
  return found;
}

const by = <Key extends string, T extends Readonly<Record<Key, string>>>(key: Key, list: readonly T[]) =>
  Object.fromEntries(list.map((entry) => [entry[key], entry])) as Readonly<Record<string, T>>;

/** The targets of the bench, each with its figure. */
export function judge(figures: Figures): Verdict[] {
  const { coldStart, signing, warm, coldPages } = figures;
  const pages = by('page', figures.units);
  const reads = by('page', figures.reads);
  const task = named(by('task', figures.writes), 'cert100');
  const [page, withSecrets] = [named(pages, '20 of cert100'), named(pages, '20 of cert100 with secrets')];
  const [plain, gzip] = [named(reads, '20 of cert100'), named(reads, '20 in gzip of cert100')];
  return [
    atMost('page of 20: DynamoDB requests', 1, page.requests),
    atMost('page of 20 with secrets: DynamoDB requests', 1, withSecrets.requests),
    atMost('page of 20, filtered: DynamoDB requests', 2, named(pages, '20 of cert100, created only').requests),
    atMost('stored page of 20: CPU, × the bare Query of its rows', 0.75, named(warm, '20').cpuRatio),
    atMost('stored page of 100 with secrets: CPU, × the bare Queries of its rows', 0.9, named(warm, '100 with secrets').cpuRatio),
    atMost('cold page of a task of 100, × its two vendor calls and its rows, bare', 0.7, named(coldPages, '100').ratio),
    atMost('cold page of a task of 20, × its two vendor calls and its rows, bare', 1, named(coldPages, '20').ratio),
    atMost('storing 100 certificates: write units', 240, task.writeUnits),
    atMost('storing 100 certificates: DynamoDB requests', 4, task.requests),
    atMost('KB stored a certificate device', 2.4, task.kilobytesADevice),
    atMost('page of 20 certificates on the wire in gzip, × the same plain', 0.6, (gzip.body + gzip.head) / (plain.body + plain.head)),
    atMost('page of 20 of 100 certificates: read units', 3.5, page.readUnits),
    atMost('page of 20 of 100 pre-shared keys: read units', 1, named(pages, '20 of psk100').readUnits),
    atMost('bytes a read leaves in both logs', 1200, gzip.logs),
    atMost('dollars a day at 10⁸ reads', 430, dollarsADayAtScale(figures)),
    atMost("fresh process to the first stored answer, × the starter's", 0.55, coldStart.totalToStarter),
    atMost("fresh process to the first stored answer, × the vendor's SDK's", 1, coldStart.totalToTencent),
    atMost("import, × the starter's", 0.45, coldStart.importToStarter),
    atMost("signing, × qcloudapi-sdk's", 1, signing.toQcloudapi),
    atMost("signing in API 3.0, × tencentcloud-sdk-nodejs-common's", 0.6, signing.api3ToCommon),
    atMost('read units of a page of 20: task of 100 less task of 20', 0, page.readUnits - named(pages, '20 of cert20').readUnits),
    atMost('page of 20 without secrets: KB of secrets read', 0, page.secretKilobytes),
  ];
}
