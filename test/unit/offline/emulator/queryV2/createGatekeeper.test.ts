import { describe, expect, it } from 'vitest';
import { createGatekeeper } from '../../../../../offline/emulator/queryV2/createGatekeeper.ts';
import { createNonceMemory } from '../../../../../offline/emulator/queryV2/createNonceMemory.ts';
import type { QueryCall } from '../../../../../offline/emulator/queryV2/readCall.ts';
import { Refusal } from '../../../../../offline/emulator/queryV2/refusal.ts';
import { createEmulatorClock, emulatorKey, signEmulatorParams, type TestParams } from '../../../../support/emulatorClient.ts';

const host = '127.0.0.1:4711';
const clock = createEmulatorClock();
const nowS = clock.now() / 1000;
const good: TestParams = {
  Action: 'GetMultiDevices',
  Region: 'gz',
  Timestamp: String(nowS),
  Nonce: '11886',
  SecretId: emulatorKey.secretId,
};

function setUp({ token, now = clock.now }: { token?: string; now?: () => number } = {}) {
  const nonces = createNonceMemory();
  const isKnownAction = (action: string) => action === 'GetMultiDevices';
  const rules = { ...emulatorKey, token, region: 'gz', skewToleranceS: 300, now, isKnownAction };
  return { nonces, admit: createGatekeeper(rules, nonces) };
}

function makeCall(params: TestParams, secretKey?: string): QueryCall {
  const signed = signEmulatorParams({ httpMethod: 'GET', host, params, ...(secretKey ? { secretKey } : {}) });
  return { httpMethod: 'GET', host, path: '/v2/index.php', params: new Map(Object.entries(signed)), malformed: undefined };
}

function without(name: string, params: TestParams = good): TestParams {
  return Object.fromEntries(Object.entries(params).filter(([key]) => key !== name));
}

function refusalOf(admit: (call: QueryCall) => void, call: QueryCall): Refusal | undefined {
  try {
    admit(call);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return undefined;
}

const codeOf = (call: QueryCall) => refusalOf(setUp().admit, call)?.code;

describe('createGatekeeper', () => {
  it.each([undefined, 'HmacSHA1', 'HmacSHA256', 'whatever'])('admits a call signed with SignatureMethod %s', (method) => {
    expect(codeOf(makeCall(method === undefined ? good : { ...good, SignatureMethod: method }))).toBeUndefined();
  });

  it.each(['Action', 'Region', 'Timestamp', 'Nonce', 'SecretId'])('refuses a call without %s as 4000', (name) => {
    expect(codeOf(makeCall(without(name)))).toBe(4000);
    expect(codeOf(makeCall({ ...good, [name]: '' }))).toBe(4000);
  });

  it('refuses a call without Signature as 4000', () => {
    expect(codeOf({ ...makeCall(good), params: new Map(Object.entries(good)) })).toBe(4000);
  });

  it('refuses a malformed call as 4000', () => {
    expect(codeOf({ ...makeCall(good), malformed: 'mixed' })).toBe(4000);
  });

  it.each([
    ['Region', 'bj'],
    ['Timestamp', 'soon'],
    ['Timestamp', '-1'],
    ['Nonce', '0'],
    ['Nonce', '-5'],
    ['Nonce', '1.5'],
    ['Nonce', '007'],
    ['Nonce', '1e3'],
  ])('refuses %s %s as 4000', (name, value) => {
    expect(codeOf(makeCall({ ...good, [name]: value }))).toBe(4000);
  });

  it('refuses an unknown action as 6100, before all else that is wrong', () => {
    expect(codeOf(makeCall({ Action: 'DropEverything' }))).toBe(6100);
  });

  it('refuses another SecretId as 4104', () => {
    expect(codeOf(makeCall({ ...good, SecretId: 'AKIDother' }))).toBe(4104);
  });

  it('demands the configured token, and refuses its lack or another as 4105', () => {
    const { admit } = setUp({ token: 't0ken' });
    expect(refusalOf(admit, makeCall(good))?.code).toBe(4105);
    expect(refusalOf(admit, makeCall({ ...good, Token: 't0keN' }))?.code).toBe(4105);
    expect(refusalOf(admit, makeCall({ ...good, Token: 't0ken' }))).toBeUndefined();
  });

  it('refuses a wrong key, a changed value, another method and another host as 4100', () => {
    const call = makeCall(good);
    expect(codeOf(makeCall(good, 'another-key'))).toBe(4100);
    expect(codeOf({ ...call, params: new Map([...call.params, ['pageNum', '2']]) })).toBe(4100);
    expect(codeOf({ ...call, httpMethod: 'POST' })).toBe(4100);
    expect(codeOf({ ...call, host: '127.0.0.1' })).toBe(4100);
  });

  it.each([-300, 300])('admits a clock %i s off', (offS) => {
    expect(codeOf(makeCall({ ...good, Timestamp: String(nowS + offS) }))).toBeUndefined();
  });

  it.each([-301, 301])("refuses a clock %i s off as 4500, with the emulator's own time at the end", (offS) => {
    const refusal = refusalOf(setUp().admit, makeCall({ ...good, Timestamp: String(nowS + offS) }));
    expect(refusal).toMatchObject({ code: 4500, codeDesc: 'ReplayAttack' });
    expect(refusal?.message).toMatch(new RegExp(`请求已过期或时钟偏差.*腾讯服务器 Timestamp = ${nowS}$`));
  });

  it('checks the clock before the signature', () => {
    expect(codeOf(makeCall({ ...good, Timestamp: '1' }, 'another-key'))).toBe(4500);
  });

  it("refuses a nonce seen before as 4500, with the emulator's own time at the end", () => {
    const { admit } = setUp();
    admit(makeCall(good));
    const refusal = refusalOf(admit, makeCall({ ...good, pageNum: '9' }));
    expect(refusal?.code).toBe(4500);
    expect(refusal?.message).toMatch(new RegExp(`腾讯服务器 Timestamp = ${nowS}$`));
  });

  it('admits the same nonce in another second', () => {
    const { admit } = setUp();
    admit(makeCall(good));
    expect(refusalOf(admit, makeCall({ ...good, Timestamp: String(nowS - 1) }))).toBeUndefined();
  });

  it.each([
    ['a forged signature', makeCall(good, 'another-key')],
    ['an old timestamp', makeCall({ ...good, Timestamp: '1' })],
    ['another SecretId', makeCall({ ...good, SecretId: 'AKIDother' })],
  ])('burns no nonce on %s', (_what, call) => {
    const { admit, nonces } = setUp();
    expect(refusalOf(admit, call)).toBeInstanceOf(Refusal);
    expect(nonces.size()).toBe(0);
    expect(refusalOf(admit, makeCall(good))).toBeUndefined();
  });

  it('tells a forger nothing of used nonces', () => {
    const { admit } = setUp();
    admit(makeCall(good));
    expect(refusalOf(admit, makeCall(good, 'another-key'))?.code).toBe(4100);
  });

  it('forgets nonces only once the clock check refuses their calls', () => {
    const moving = createEmulatorClock();
    const { admit, nonces } = setUp({ now: moving.now });
    admit(makeCall(good));
    moving.advance(300_000);
    expect(refusalOf(admit, makeCall(good))?.message).toContain('请求重复');
    moving.advance(1000);
    expect(refusalOf(admit, makeCall(good))?.message).toContain('请求已过期');
    admit(makeCall({ ...good, Timestamp: String(nowS + 301) }));
    expect(nonces.size()).toBe(1);
  });
});
