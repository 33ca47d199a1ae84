import * as z from 'zod/mini';
import { describe, expect, it } from 'vitest';
import { meaningOf } from '../../../../../lib/upstream/api3/codes.ts';
import { parseEnvelope } from '../../../../../lib/upstream/api3/envelope.ts';
import { createMultiDevicePayload, describeMultiDevicesPayload, describeMultiDevTaskPayload } from '../../../../../lib/upstream/api3/wireSchemas.ts';
import { meaningOfGatewayCode } from '../../../../../lib/upstream/gatewayCodes.ts';

const date = 'Tue, 24 Nov 2026 10:00:00 GMT';
const dateS = Date.UTC(2026, 10, 24, 10) / 1000;
const payload = z.object({ Count: z.int() });
const parse = (body: unknown, headers = {}) => parseEnvelope({ text: JSON.stringify(body), headers }, payload);
const unreadable = (reason: string) => ({ ok: false, failure: { kind: 'unreadable', reason } });

describe('an answer of API 3.0', () => {
  it('is its payload, whatever else it holds', () => {
    expect(parse({ Response: { Count: 1, RequestId: 'a-b', New: {} }, Beside: 1 })).toEqual({ ok: true, value: { Count: 1 } });
  });

  it('is a refusal with its code and the vendor`s request id', () => {
    const code = 'ResourceNotFound.TaskNotExist';
    expect(parse({ Response: { Error: { Code: code, Message: '任务不存在' }, RequestId: 'eac6b301-a322' } })).toEqual({
      ok: false,
      failure: { kind: 'refusal', meaning: meaningOf(code), upstream: { api: '2018-06-14', code, requestId: 'eac6b301-a322' } },
    });
  });

  it.each([undefined, 7, 'a b', ''])('leaves out a request id that is none: %j', (RequestId) => {
    expect(parse({ Response: { Error: { Code: 'InternalError', Message: '' }, RequestId } })).not.toHaveProperty('failure.upstream.requestId');
  });

  it('is read in the form of the query API too, as a gateway may answer', () => {
    expect(parse({ code: '4400', message: '', codeDesc: 'RequestLimitExceeded' })).toEqual({
      ok: false,
      failure: { kind: 'refusal', meaning: meaningOfGatewayCode(4400), upstream: { api: '2018-06-14', code: 4400 } },
    });
  });

  it('tells the vendor`s clock by its Date, if the time of the call was refused', () => {
    const expired = { Response: { Error: { Code: 'AuthFailure.SignatureExpire', Message: '' } } };
    expect(parse(expired, { date })).toMatchObject({ failure: { vendorClockS: dateS } });
    expect(parse(expired, { date: 'yesterday' })).not.toHaveProperty('failure.vendorClockS');
    expect(parse(expired)).not.toHaveProperty('failure.vendorClockS');
    expect(parse({ Response: { Error: { Code: 'InternalError', Message: '' } } }, { date })).not.toHaveProperty('failure.vendorClockS');
  });

  it.each([
    [{}, 'shape'],
    [{ Response: null }, 'shape'],
    [{ Response: { Count: '1' } }, 'shape'],
    [{ Response: { Error: null, Count: 1 } }, 'shape'],
    [{ Response: { Error: { Code: '任务' }, Count: 1 } }, 'shape'],
    [{ code: 0 }, 'shape'],
    [[], 'shape'],
  ])('cannot be read if it is %j', (body, reason) => expect(parse(body)).toEqual(unreadable(reason)));

  it('cannot be read if it is no JSON', () => {
    expect(parseEnvelope({ text: '<html>', headers: {} }, payload)).toEqual(unreadable('json'));
  });
});

describe('the payloads of the trio', () => {
  it('take the empty string for absent, and nothing but name and result for sure', () => {
    const empty = { DeviceCert: '', DevicePrivateKey: '', DevicePsk: '', ErrMsg: '' };
    const parsed = describeMultiDevicesPayload.parse({
      TaskId: 't',
      TotalDevNum: 2,
      DevicesInfo: [{ DeviceName: 'a', Result: 0, ...empty, DevicePsk: 'cHNr', More: 1 }, { DeviceName: 'b', Result: 2001 }],
    });
    expect(parsed).toMatchObject({
      taskId: 't',
      total: 2,
      devices: [
        { deviceName: 'a', result: 0, certificate: undefined, privateKey: undefined, message: undefined },
        { deviceName: 'b', result: 2001, psk: undefined },
      ],
    });
    expect(parsed.devices[0]?.psk?.reveal()).toBe('cHNr');
  });

  it('know three statuses, and ids that fit into our paths', () => {
    expect([0, 1, '2'].map((TaskStatus) => describeMultiDevTaskPayload.parse({ TaskId: 't', TaskStatus }).status)).toEqual(['pending', 'running', 'completed']);
    expect(describeMultiDevTaskPayload.safeParse({ TaskId: 't', TaskStatus: 3 }).success).toBe(false);
    expect(createMultiDevicePayload.parse({ TaskId: 'abc-1' })).toBe('abc-1');
    expect(createMultiDevicePayload.safeParse({ TaskId: 'a/b' }).success).toBe(false);
  });
});
