import nodeTls from 'node:tls';
import { afterEach, beforeEach, vi } from 'vitest';
import type { Environment } from '../../lib/environment.ts';
import type { Reply } from '../support/apiGatewayEvent.ts';
import { startFaultProxy, type FaultProxyOptions } from '../support/faultProxy.ts';
import { startStack } from '../support/stack.ts';
import { canTrust, makeIdentity } from '../support/testIdentity.ts';
import type { Fault } from '../support/wireFaults.ts';
import type { SdkItem } from '../support/testTable.ts';
import type { TestVendorApi } from '../support/vendorApi.ts';

export const task = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';
export const results = `${task}/devices`;

/** Items of the seed's task: the header, its one chunk and the secrets of that. */
export const STORED_ITEMS = 3;

export interface StageOptions {
  /** Both proxies speak https with it. */
  readonly tls?: FaultProxyOptions['tls'];
}

/** The time-out of what a proxy holds is over at once, if timers are faked; what has begun beside it is answered first. */
export function passTime(rounds = 50): void {
  setImmediate(() => {
    if (!vi.isFakeTimers()) return;
    if (vi.getTimerCount() > 1 && rounds > 0) passTime(rounds - 1);
    else vi.advanceTimersToNextTimer();
  });
}

/** Time-outs pass as soon as a proxy holds what they are for; everything else takes its time. @param more what else is faked */
export function skipTimeouts(...more: readonly 'Date'[]): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', ...more], shouldAdvanceTime: true });
}

/** Has every test of a file wait for nothing: no pause between attempts, no time-out. @param heal after each of them */
export function waitForNothing(heal: () => Promise<void>): void {
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    skipTimeouts();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await heal();
  });
}

/** The whole service with a proxy that fails on demand before the vendor's emulator, and one before the table. */
export async function startFaultStage({ tls }: StageOptions = {}) {
  const stack = await startStack();
  const withTls = tls === undefined ? {} : { tls };
  const vendor = await startFaultProxy({ target: new URL(stack.emulator.endpoint).origin, onHeld: () => passTime(), ...withTls });
  const table = await startFaultProxy({ target: stack.testTable.place.endpoint, onHeld: () => passTime(), ...withTls });
  const itemsOf = async (account: string): Promise<SdkItem[]> =>
    (await stack.scanItems()).filter((item) => item['pk']?.S?.startsWith(`${account}#`));
  const direct = stack.open();
  const truths = { [task]: (await direct.send(task)).json, [results]: (await direct.send(results)).json };
  return {
    stack,
    vendor,
    table,
    /** What a read answers when nothing fails; `expiresAt` depends on when the task was stored. */
    truthOf: (path: typeof task | typeof results) => {
      const { expiresAt: _, ...truth } = truths[path] ?? {};
      return truth;
    },
    itemsOf,
    /** An API with an account, and so a cold cache, and connections of its own; both proxies count from 0. */
    open: (vendorApi: TestVendorApi, overrides: Environment = {}) => {
      const api = stack.open({
        ...vendorApi.configure(vendor.origin),
        DYNAMODB_ENDPOINT: table.origin,
        ...overrides,
      });
      vendor.clear();
      table.clear();
      return { ...api, items: () => itemsOf(api.account) };
    },
    heal: async () => {
      await vendor.heal();
      await table.heal();
    },
    close: async () => {
      await vendor.close();
      await table.close();
      await stack.close();
    },
  };
}

/**
 * Two stages, plain and over TLS with a certificate this process trusts; `bad-tls` can be shown on the latter only.
 */
export async function startStagePair() {
  const [good, bad] = [await makeIdentity(), await makeIdentity()];
  if (canTrust) nodeTls.setDefaultCACertificates([good.cert]);
  const plain = await startFaultStage();
  const secure = await startFaultStage({ tls: { good, bad } });
  return {
    plain,
    secure,
    stageOf: (fault: Fault) => (fault === 'bad-tls' ? secure : plain),
    heal: async () => {
      await plain.heal();
      await secure.heal();
    },
    close: async () => {
      await plain.close();
      await secure.close();
    },
  };
}

/** Whether this Node can show a fault. */
export const canShow = (fault: Fault) => canTrust || fault !== 'bad-tls';

export type FaultStage = Awaited<ReturnType<typeof startFaultStage>>;
export type FaultApi = ReturnType<FaultStage['open']>;

/** `200 miss, stored`: what a client can tell of an answer. */
export function describeReply({ status, json, headers }: Reply): string {
  const cache = (headers['cache-status'] ?? '').replace(/^iotcloud-rest; /, '').replace(/; ttl=\d+$/, '');
  return status === 200 ? `200 \`${cache}\`` : `${status} \`${String(json?.['code'])}\``;
}

/** `nothing`, `the task`, or what else stands there, by sort key; the lease of who stored it goes with the task. */
export function describeItems(items: readonly SdkItem[]): string {
  const header = items.find((item) => item['sk']?.S === 'header');
  const isDone = (item: SdkItem) => header !== undefined && item['owner']?.S === header['fetchId']?.S;
  const names = items.filter((item) => !isDone(item)).map((item) => item['sk']?.S ?? '').filter((name) => name !== 'creation');
  if (names.length === 0) return 'nothing';
  return names.includes('header') && names.length === STORED_ITEMS ? 'the task' : names.toSorted().join(', ');
}

/** Repeats a read until it is answered 200, a few times. @returns the last answer and how many it took */
export async function readUntilRight(api: FaultApi, path: string): Promise<{ reply: Reply; reads: number }> {
  for (let reads = 1; ; reads += 1) {
    const reply = await api.send(path);
    if (reply.status === 200 || reads === 5) return { reply, reads };
  }
}
