import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATH_FORMS, type EventOptions } from '../../support/apiGatewayEvent.ts';
import { startStack, type Stack } from '../../support/stack.ts';

const task = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';
const results = `${task}/devices`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

async function expectRefused(path: string, options: EventOptions, faults: object[]): Promise<void> {
  const { send, countItems } = stack.open();
  const reply = await send(path, options);
  expect(reply).toMatchObject({ status: 400, json: { code: 'invalid-request', retryable: false } });
  expect(reply.json?.['errors']).toMatchObject(faults);
  expect(stack.emulator.countCalls()).toBe(0);
  expect(await countItems()).toBe(0);
}

describe.each(PATH_FORMS)('a path that arrives %s', (pathForm) => {
  it('may be percent-encoded, and is then the same resource', async () => {
    const { send } = stack.open();
    const plain = await send(results);
    const encoded = await send('/v1/products/%41BCED%3123%34%35/device-tasks/%61bcdedf123456789/devices', { pathForm });
    expect(encoded).toMatchObject({ status: 200, text: plain.text });
    expect(encoded.headers['cache-status']).toContain('hit');
    expect(encoded.headers['link']).toBe(plain.headers['link']);
    expect(stack.emulator.calls.map(({ params }) => params['productID'])).toEqual(['ABCED12345', 'ABCED12345']);
  });

  it.each([
    ['encoded twice', '/v1/products/%2541BCED12345/device-tasks/abcdedf123456789', ['productId']],
    ['with a bare %', '/v1/products/ABCED12345/device-tasks/50%', ['taskId']],
    ['with half an escape', '/v1/products/ABCED12345%4/device-tasks/abcdedf123456789', ['productId']],
    ['that is no UTF-8', '/v1/products/%E4/device-tasks/%FF%FE', ['productId', 'taskId']],
    ['with an encoded slash', '/v1/products/ABCED12345%2Fx/device-tasks/abcdedf123456789', ['productId']],
    ['with an encoded dot segment', '/v1/products/%2E%2E/device-tasks/abcdedf123456789', ['productId']],
    ['with an encoded NUL', '/v1/products/ABCED12345%00/device-tasks/abcdedf123456789', ['productId']],
    ['with an encoded line feed', '/v1/products/ABCED12345/device-tasks/abcdedf123456789%0A', ['taskId']],
    ['with a blank', '/v1/products/ABCED12345/device-tasks/abcdedf%20', ['taskId']],
    ['with a plus', '/v1/products/ABCED12345/device-tasks/abcdedf+', ['taskId']],
    ['that is too long', `/v1/products/${'a'.repeat(65)}/device-tasks/abcdedf123456789`, ['productId']],
  ])('%s is refused by the name of its parameter', async (_what, path, names) => {
    const faults = names.map((name) => ({ in: 'path', name, detail: 'must be 1 to 64 of A-Z a-z 0-9 _ -' }));
    await expectRefused(path, { pathForm }, faults);
    await expectRefused(`${path}/devices`, { pathForm }, faults);
  });
});

describe('a query', () => {
  it.each([
    ['', '1.0', '1e1', '%201', '1%20', '%2B1', '+1', '-1', '0', '00', '01', '0x1', '1_0', '１', '²', 'NaN', 'Infinity', '1%00'],
    ['99999999999999999999', '2147483648', '1,2', 'null', '[]', '%'],
  ].flat())('page=%s is refused', async (value) => {
    await expectRefused(results, { query: `page=${value}` }, [{ in: 'query', name: 'page', detail: 'must be a whole number from 1 to 2147483647' }]);
  });

  it('with several faults has all of them named', async () => {
    await expectRefused(results, { query: 'pageSize=0&page=1&page=2&Status=created&include=' }, [
      { in: 'query', name: 'page', detail: 'is given more than once' },
      { in: 'query', name: 'Status', detail: 'is not a parameter of this path' },
      { in: 'query', name: 'pageSize' },
      { in: 'query', name: 'include' },
    ]);
  });

  it('of a task has no parameters at all', async () => {
    await expectRefused(task, { query: 'page=1' }, [{ in: 'query', name: 'page', detail: 'is not a parameter of this path' }]);
  });

  it('may be percent-encoded', async () => {
    const { send } = stack.open();
    const reply = await send(results, { query: 'p%61geSize=%31&status=%63reated&' });
    expect(reply).toMatchObject({ status: 200, json: { pageSize: 1, totalItems: 1 } });
  });
});

describe('a header', () => {
  it.each(['if-none-match', 'If-None-Match', 'IF-NONE-MATCH'])('is known as %s', async (name) => {
    expect((await stack.open().send(results, { headers: { [name]: '*' } })).status).toBe(304);
  });
});

describe('a body', () => {
  const product = '/v1/products/PSK1234567/device-tasks';
  const create = (body: string | Buffer, headers: Record<string, string> = {}) =>
    stack.open().send(product, {
      method: 'POST',
      body: typeof body === 'string' ? body : body.toString('base64'),
      isBase64Encoded: typeof body !== 'string',
      headers,
    });

  it('may come in base64, whatever stands in it', async () => {
    const plain = await create('{"deviceNames":["plain:1"]}', { 'Content-Type': 'application/json' });
    const encoded = await create(Buffer.from('{"deviceNames":["encoded:1"]}'), { 'CONTENT-TYPE': 'Application/JSON; charset=UTF-8' });
    expect([plain.status, encoded.status]).toEqual([202, 202]);
    expect(stack.emulator.calls.at(-1)?.params['listDeviceName.0']).toBe('encoded:1');
  });

  it.each([
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['no JSON', Buffer.from('deviceNames=a')],
    ['nothing', Buffer.alloc(0)],
  ])('in base64 that holds %s is refused', async (_what, body) => {
    const reply = await create(body);
    expect(reply).toMatchObject({ status: 400, json: { errors: [{ in: 'body', pointer: '' }] } });
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it.each([
    ['{"deviceNames":["a"],"deviceNames":["b"]}', ['/deviceNames']],
    ['{"deviceNames":["a"],"device\\u004eames":["a"]}', ['/deviceNames']],
    ['{"deviceNames":[{"a~/b":1,"a~/b":1,"c":{"d":1,"d":2}}],"x":{"y":1,"y":1}}', ['/deviceNames/0/a~0~1b', '/deviceNames/0/c/d', '/x/y']],
  ])('that names a member twice is refused by its pointer: %s', async (body, pointers) => {
    const reply = await create(body);
    expect(reply).toMatchObject({ status: 400, json: { code: 'invalid-request' } });
    const errors = reply.json?.['errors'] as { pointer: string; detail: string }[]; // of an invalid request
    expect(errors.filter(({ detail }) => detail === 'is given more than once').map(({ pointer }) => pointer)).toEqual(pointers);
    expect(stack.emulator.countCalls()).toBe(0);
  });

  it('that is nested without end is refused', async () => {
    const reply = await create(`{"deviceNames":${'['.repeat(30_000)}${']'.repeat(30_000)},"deviceNames":["a"]}`);
    expect(reply).toMatchObject({ status: 400, json: { errors: [{ in: 'body', pointer: '', detail: 'is nested too deeply' }] } });
  });

  it('is measured in the bytes it has, not in those of its encoding', async () => {
    const document = '{"deviceNames":["base64-1"]}';
    const padded = (bytes: number) => Buffer.from(document.padEnd(bytes, ' '));
    expect((await create(padded(64 * 1024 + 1))).status).toBe(413);
    expect(stack.emulator.countCalls()).toBe(0);
    expect((await create(padded(64 * 1024))).status).toBe(202);
  });
});
