import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpTransport, type Transport, type TransportRequest } from '../../../lib/upstream/httpTransport.ts';
import { replyStatus, startScriptedUpstream, type ScriptedAnswer, type ScriptedUpstream } from '../../support/scriptedUpstream.ts';
import { canTrust, makeIdentity } from '../../support/testIdentity.ts';

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const GENEROUS_MS = 20_000;
const SHORT_MS = 250;

const identity = await makeIdentity();

let upstream: ScriptedUpstream;
let transport: Transport;

const reply = (body: string | Buffer): ScriptedAnswer => ({ kind: 'reply', body });

function send(overrides: Partial<TransportRequest> = {}) {
  const url = new URL(`${upstream.endpoint}?Action=Any`);
  return transport({ httpMethod: 'GET', url, headers: {}, timeoutMs: GENEROUS_MS, freshConnection: false, ...overrides });
}

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  transport = createHttpTransport();
});
afterEach(() => upstream.close());

describe('what is sent', () => {
  it('sends a GET with its query and no body', async () => {
    upstream.script(reply('{"code":0}'));
    expect(await send()).toMatchObject({ ok: true, value: { text: '{"code":0}' } });
    expect(upstream.requests).toMatchObject([{ httpMethod: 'GET', url: '/v2/index.php?Action=Any', body: '' }]);
    expect(upstream.requests[0]?.headers).not.toHaveProperty('content-type');
  });

  it('sends a POST with its own headers and its length in bytes', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    upstream.script(reply('ok'));
    await send({ httpMethod: 'POST', url: new URL(upstream.endpoint), headers, body: 'a=%E4%B8%AD&b=中' });
    expect(upstream.requests).toMatchObject([
      {
        httpMethod: 'POST',
        url: '/v2/index.php',
        body: 'a=%E4%B8%AD&b=中',
        headers: { ...headers, 'content-length': '17' },
      },
    ]);
  });

  it('asks for JSON, uncompressed', async () => {
    upstream.script(reply('ok'));
    await send();
    expect(upstream.requests[0]?.headers).toMatchObject({ accept: 'application/json', 'accept-encoding': 'identity' });
  });
});

describe('what is read', () => {
  it('decodes UTF-8 that is cut anywhere', async () => {
    const text = JSON.stringify({ message: '任务不存在'.repeat(50_000) });
    upstream.script(reply(text));
    expect(await send()).toMatchObject({ ok: true, value: { text } });
  });

  it('cannot read bytes that are not UTF-8', async () => {
    upstream.script(reply(Buffer.from([0x22, 0xff, 0xfe, 0x22])));
    expect(await send()).toEqual({ ok: false, failure: { kind: 'unreadable', reason: 'json' } });
  });

  it.each([201, 204, 304, 400, 403, 404, 429, 500, 502, 503])('takes HTTP %i for unreadable', async (httpStatus) => {
    upstream.script(replyStatus(httpStatus));
    expect(await send()).toEqual({ ok: false, failure: { kind: 'unreadable', reason: 'status', httpStatus } });
  });

  it('ends the connection of an error page without reading it', async () => {
    upstream.script(replyStatus(500, {}, Buffer.alloc(32 * 1024 * 1024)));
    expect(await send()).toMatchObject({ failure: { httpStatus: 500 } });
    await upstream.requests[0]?.closed;
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect (%i)', async (httpStatus) => {
    upstream.script(replyStatus(httpStatus, { location: upstream.endpoint }), reply('secret of another place'));
    expect(await send()).toEqual({ ok: false, failure: { kind: 'unreadable', reason: 'status', httpStatus } });
    expect(upstream.requests).toHaveLength(1);
  });

  it('reads a body of exactly the limit', async () => {
    upstream.script(reply(Buffer.alloc(MAX_BODY_BYTES, 'x')));
    const outcome = await send();
    expect(outcome.ok && outcome.value.text.length).toBe(MAX_BODY_BYTES);
  });

  it('gives up on a body one byte over the limit', async () => {
    upstream.script(reply(Buffer.alloc(MAX_BODY_BYTES + 1, 'x')));
    expect(await send()).toEqual({ ok: false, failure: { kind: 'unreadable', reason: 'size' } });
  });

  it('closes the connection on a body without end', async () => {
    upstream.script({ kind: 'flood' });
    expect(await send()).toEqual({ ok: false, failure: { kind: 'unreadable', reason: 'size' } });
    await upstream.requests[0]?.closed;
  });
});

describe('faults', () => {
  it('says unsent of a refused connection', async () => {
    const gone = await startScriptedUpstream();
    await gone.close();
    const failure = { kind: 'connection', sent: false, reason: 'ECONNREFUSED' };
    expect(await send({ url: new URL(gone.endpoint) })).toEqual({ ok: false, failure });
  });

  it.each(['reset-during-request', 'reset-after-request'] as const)('says sent of a connection lost by %s', async (kind) => {
    upstream.script({ kind });
    const url = new URL(upstream.endpoint);
    expect(await send({ httpMethod: 'POST', url, body: 'a=1' })).toEqual({ ok: false, failure: { kind: 'connection', sent: true, reason: 'ECONNRESET' } });
    expect([upstream.countConnections(), upstream.requests.length]).toEqual([1, kind === 'reset-during-request' ? 0 : 1]);
  });

  it('says sent of a kept connection that is lost with the next request', async () => {
    upstream.script(reply('ok'), { kind: 'reset-after-request' });
    await send();
    expect(await send()).toMatchObject({ failure: { kind: 'connection', sent: true } });
    expect(upstream.countConnections()).toBe(1);
  });

  it('takes a body shorter than its announced length for a lost connection', async () => {
    upstream.script({ kind: 'truncated', body: '{"code":0}' });
    expect(await send()).toMatchObject({ ok: false, failure: { kind: 'connection', sent: true } });
  });

  it.each(['hang', 'trickle'] as const)('times out on a %s, counted from the start, and hangs up', async (kind) => {
    upstream.script({ kind });
    expect(await send({ timeoutMs: SHORT_MS })).toEqual({ ok: false, failure: { kind: 'timeout', sent: true } });
    await upstream.requests[0]?.closed;
  });

  it('says unsent of a TLS handshake that never ends', async () => {
    const deaf = createServer().listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    // A TCP server that listens has an address of this form.
    const url = new URL(`https://127.0.0.1:${(deaf.address() as AddressInfo).port}/`);
    expect(await send({ url, timeoutMs: SHORT_MS })).toEqual({ ok: false, failure: { kind: 'timeout', sent: false } });
    deaf.close();
  });
});

describe('connections', () => {
  it('keeps one alive for the calls after it', async () => {
    upstream.script(reply('1'), reply('2'), reply('3'));
    for (const value of ['1', '2', '3']) expect(await send()).toMatchObject({ ok: true, value: { text: value } });
    expect(upstream.countConnections()).toBe(1);
  });

  it('takes a fresh one where told to, and leaves it to nobody', async () => {
    upstream.script(reply('1'), reply('2'), reply('3'), reply('4'));
    for (const freshConnection of [false, true, true, false]) await send({ freshConnection });
    expect(upstream.requests.map(({ connection }) => connection)).toEqual([1, 2, 3, 1]);
  });

  it('opens a second one for a second call at the same time', async () => {
    upstream.script(reply('1'), reply('2'));
    await Promise.all([send(), send()]);
    expect(upstream.countConnections()).toBe(2);
  });

  it('does not keep one whose answer was no 200', async () => {
    upstream.script(replyStatus(500), reply('2'));
    await send();
    await send();
    expect(upstream.countConnections()).toBe(2);
  });
});

describe('TLS', () => {
  const trusted = canTrust ? tls.getCACertificates('default') : [];
  let secure: ScriptedUpstream;

  beforeEach(async () => {
    secure = await startScriptedUpstream({ tls: identity, otherwise: reply('over TLS') });
  });
  afterEach(async () => {
    if (canTrust) tls.setDefaultCACertificates(trusted);
    await secure.close();
  });

  it.each([true, false])('refuses a self-signed server, unsent (fresh connection: %s)', async (freshConnection) => {
    const outcome = await send({ url: new URL(secure.endpoint), freshConnection });
    const failure = { kind: 'connection', sent: false, reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' };
    expect(outcome).toEqual({ ok: false, failure });
    expect(secure.requests).toHaveLength(0);
  });

  it.runIf(canTrust)('reads from a server whose certificate is trusted and names its host', async () => {
    tls.setDefaultCACertificates([identity.cert]);
    const url = new URL(`https://localhost:${secure.port}/`);
    expect(await send({ url })).toMatchObject({ ok: true, value: { text: 'over TLS' } });
  });

  it.runIf(canTrust)('refuses a trusted certificate that names another host, unsent', async () => {
    tls.setDefaultCACertificates([identity.cert]);
    const failure = { kind: 'connection', sent: false, reason: 'ERR_TLS_CERT_ALTNAME_INVALID' };
    expect(await send({ url: new URL(secure.endpoint) })).toEqual({ ok: false, failure });
    expect(secure.requests).toHaveLength(0);
  });
});
