import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatLogLine } from '../../../offline/formatLogLine.ts';

const routeKeys = new Map([
  ['getDeviceTask', 'GET /v1/products/{productId}/device-tasks/{taskId}'],
  ['fallback', '$default'],
]);
const format = (fields: object) => {
  const line = { level: 'INFO', timestamp: '2026-11-24T10:00:00.000Z', service: 'iotcloud-rest', stage: 'offline', ...fields };
  return stripVTControlCharacters(formatLogLine(JSON.stringify(line), routeKeys)).replace(/^\d\d:\d\d:\d\d/, 'TIME');
};

describe('a log line for people', () => {
  it('tells route, status, time, cache and request id of a request', () => {
    const request = { event: 'request', requestId: 'r-1', traceId: 't', route: 'getDeviceTask', status: 200, Duration: 12, VendorCalls: 1 };
    const path = '/v1/products/{productId}/device-tasks/{taskId}';
    expect(format({ ...request, cache: 'hit; ttl=9' })).toBe(`TIME  GET  ${path}  200  12 ms  hit; ttl=9  r-1`);
    expect(format({ ...request, status: 504, code: 'upstream-timeout' })).toBe(`TIME  GET  ${path}  504  12 ms  upstream-timeout  r-1`);
    expect(format({ ...request, route: 'fallback', status: 404, Duration: undefined })).toBe('TIME  (fallback)  404  0 ms  r-1');
  });

  it('tells the fields of every other event, and nothing that is for machines', () => {
    const audit = { event: 'credentials-read', requestId: 'r-1', sub: 'me', devices: 2, _aws: { Timestamp: 1 } };
    expect(format(audit)).toBe('TIME  INFO  credentials-read  requestId=r-1  sub=me  devices=2');
  });

  it.each(['plain text', '{"a":1}', '{'])('leaves %s as it is', (line) => {
    expect(formatLogLine(line, routeKeys)).toBe(line);
  });
});
