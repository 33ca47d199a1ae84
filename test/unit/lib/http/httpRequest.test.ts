import { describe, expect, it } from 'vitest';
import { toHttpRequest } from '../../../../lib/http/httpRequest.ts';
import { loadEvent, makeEvent } from '../../../support/apiGatewayEvent.ts';

const context = { awsRequestId: 'invocation', getRemainingTimeInMillis: () => 1234 };

describe('toHttpRequest, on events as API Gateway sends them', () => {
  it('reads a request with a token', () => {
    const request = toHttpRequest(loadEvent('getDeviceResults'), context);
    expect(request).toMatchObject({
      id: 'invocation',
      method: 'GET',
      path: '/v1/products/ABCED12345/device-tasks/abcdedf123456789/devices',
      rawQuery: 'page=1&pageSize=20&include=credentials',
      body: undefined,
      remainingMs: 1234,
      claims: { sub: 'auth0|5f7c8ec7c33c6c004bbafe82', products: '[ABCED12345 PSK1234567]', exp: '1795518000' },
    });
    expect(request.headers.get('x-forwarded-port')).toBe('443');
  });

  it('keeps the base path of a custom domain', () => {
    const request = toHttpRequest(loadEvent('getDeviceTaskOnCustomDomain'), context);
    expect(request.path).toBe('/iot/v1/products/ABCED12345/device-tasks/abcdedf123456789');
    expect(request.rawQuery).toBe('');
    expect(request.headers.get('if-none-match')).toBe('W/"seen"');
  });

  it('decodes a body in base64 to its bytes', () => {
    const { body } = toHttpRequest(loadEvent('createDeviceTaskInBase64'), context);
    expect(Buffer.from(body ?? []).toString('utf8')).toBe('{"deviceNames":["sensor-é","b"]}');
  });

  it('reads a public request and one that no route takes', () => {
    expect(toHttpRequest(loadEvent('getHealth'), context).claims).toBeUndefined();
    expect(toHttpRequest(loadEvent('unknownPath'), context)).toMatchObject({ method: 'DELETE', path: '/v2/devices' });
  });
});

describe('toHttpRequest', () => {
  it('takes a plain body as UTF-8, and nothing for no body', () => {
    const bodyOf = (options: Parameters<typeof makeEvent>[0]) => toHttpRequest(makeEvent(options), context).body;
    expect(Buffer.from(bodyOf({ body: 'ü' }) ?? [])).toEqual(Buffer.from([0xc3, 0xbc]));
    expect(bodyOf({ body: '' })).toHaveLength(0);
    expect(bodyOf({})).toBeUndefined();
  });

  it.each([
    [false, 'false'],
    [0, '0'],
    [null, undefined],
  ])('reads a body that an emulator parsed already to %j', (parsed, text) => {
    const event = { ...makeEvent(), body: parsed } as unknown as ReturnType<typeof makeEvent>;
    const { body } = toHttpRequest(event, context);
    expect(body === undefined ? undefined : Buffer.from(body).toString()).toBe(text);
  });

  it('finds headers by their names in lower case, however they were sent', () => {
    const { headers } = toHttpRequest(makeEvent({ headers: { 'IF-None-MATCH': '"a"', Authorization: 'x' } }), context);
    expect([headers.get('if-none-match'), headers.has('authorization')]).toEqual(['"a"', true]);
  });

  it('counts an authorizer without claims as no claims', () => {
    const authorizers = [undefined, null, {}, { jwt: null }, { jwt: {} }, { jwt: { claims: null } }, { jwt: { claims: {} } }, { jwt: { claims: ['a'] } }, { lambda: { sub: 'x' } }];
    for (const authorizer of authorizers) {
      const event = makeEvent();
      Reflect.set(event.requestContext, 'authorizer', authorizer);
      expect(toHttpRequest(event, context).claims).toBeUndefined();
    }
  });

  it('makes an id and assumes the time limit of the gateway if the context has neither', () => {
    const [first, second] = [toHttpRequest(makeEvent(), {}), toHttpRequest(makeEvent(), {})];
    expect(first.id).toMatch(/^[\da-f-]{36}$/);
    expect(second.id).not.toBe(first.id);
    expect(first.remainingMs).toBe(30_000);
  });

  it('takes the id of the invocation over the one the offline gateway always sends', () => {
    expect(toHttpRequest(makeEvent(), context).id).toBe('invocation');
  });
});
