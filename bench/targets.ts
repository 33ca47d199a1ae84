import type { ColdStart } from './coldStart.ts';
import type { Signing } from './signing.ts';
import type { Summary } from './stats.ts';
import type { ColdPage } from './coldPage.ts';
import type { PageUnits, WriteUnits } from './units.ts';
import type { WarmPage } from './warm.ts';

export interface Figures {
  readonly coldStart: ColdStart;
  readonly signing: Signing;
  readonly warm: Readonly<Record<string, WarmPage>>;
  /** By the size of the task. */
  readonly coldPages: Readonly<Record<string, ColdPage>>;
  readonly units: readonly PageUnits[];
  readonly writes: readonly WriteUnits[];
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

function pageOf(units: readonly PageUnits[], name: string): PageUnits {
  const found = units.find(({ page }) => page === name);
  if (found === undefined) throw new Error(`the page of ${name} was not measured`);
  return found;
}

/** The targets of the bench, each with its figure. */
export function judge({ coldStart, signing, warm, coldPages, units }: Figures): Verdict[] {
  const warmPage = warm['20'];
  if (warmPage === undefined) throw new Error('the page of 20 was not measured');
  return [
    atMost("fresh process to the first stored answer, × the starter's", 0.6, coldStart.totalToStarter),
    atMost("fresh process to the first stored answer, × the vendor's SDK's", 1, coldStart.totalToTencent),
    atMost("import, × the starter's", 0.45, coldStart.importToStarter),
    atMost('stored page of 20: CPU, × the bare Query of its rows', 1.3, warmPage.cpuRatio),
    atMost('stored page of 20: DynamoDB requests', 1, pageOf(units, '20 of cert100').requests),
    atMost("signing, × qcloudapi-sdk's", 1, signing.toQcloudapi),
    atMost("signing in API 3.0, × tencentcloud-sdk-nodejs-common's", 0.6, signing.api3ToCommon),
    atMost('read units of a page of 20: task of 100 less task of 20', 0, pageOf(units, '20 of cert100').readUnits - pageOf(units, '20 of cert20').readUnits),
    atMost('page of 20 without secrets: KB of secrets read', 0, pageOf(units, '20 of cert100').secretKilobytes),
    ...Object.entries(coldPages).map(([size, page]) =>
      atMost(`cold page of a task of ${size}: milliseconds beside the two bare vendor calls`, 15, page.surplusMs),
    ),
  ];
}
