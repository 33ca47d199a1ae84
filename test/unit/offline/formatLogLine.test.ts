import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatLogLine } from '../../../offline/formatLogLine.ts';

const routeKeys = new Map([['getDeviceTask', 'GET /v1/products/{productId}/device-tasks/{taskId}']]);
const format = (fields: object) => {
  const line = { level: 'INFO', timestamp: '2026-11-24T10:00:00.000Z', service: 'iotcloud-rest', stage: 'offline', ...fields };
  return stripVTControlCharacters(formatLogLine(JSON.stringify(line), routeKeys)).replace(/^\d\d:\d\d:\d\d/, 'TIME');
};

describe('a log line for people', () => {
  it('tells method, path, status, time, cache and request id of a request', () => {
    const request = { event: 'request', requestId: 'r-1', traceId: 't', route: 'getDeviceTask', method: 'GET', status: 200, durationMs: 12, vendorCalls: 1 };
    const path = '/v1/products/{productId}/device-tasks/{taskId}';
    expect(format({ ...request, cache: 'iotcloud-rest; hit; ttl=9' })).toBe(`TIME  GET  ${path}  200  12 ms  iotcloud-rest; hit; ttl=9  r-1`);
    expect(format({ ...request, status: 504, code: 'upstream-timeout' })).toBe(`TIME  GET  ${path}  504  12 ms  upstream-timeout  r-1`);
    expect(format({ ...request, route: 'fallback', status: 404 })).toBe('TIME  GET  (fallback)  404  12 ms  r-1');
  });

  it('tells the fields of every other event, and nothing that is for machines', () => {
    const audit = { event: 'credentials-read', requestId: 'r-1', sub: 'me', devices: 2, _aws: { Timestamp: 1 } };
    expect(format(audit)).toBe('TIME  INFO  credentials-read  requestId=r-1  sub=me  devices=2');
  });

  it.each(['plain text', '{"a":1}', '{'])('leaves %s as it is', (line) => {
    expect(formatLogLine(line, routeKeys)).toBe(line);
  });
});
