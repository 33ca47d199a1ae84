import { describe, expect, it } from 'vitest';
import { allowedMethods, matchPath, routes } from '../../../../lib/http/routes.ts';

const { getDeviceTask, getDeviceResults } = routes;

describe('matchPath', () => {
  it('reads the parameters of a path', () => {
    expect(matchPath(getDeviceTask, '/v1/products/P/device-tasks/T')).toEqual({
      basePath: '',
      parameters: { productId: 'P', taskId: 'T' },
    });
  });

  it('keeps what stands before the route', () => {
    expect(matchPath(getDeviceTask, '/dev/iot/v1/products/P/device-tasks/T')?.basePath).toBe('/dev/iot');
  });

  it.each([
    ['%41BC', 'ABC'],
    ['A%2FB', 'A/B'],
    ['%2541BC', '%41BC'],
    ['%zz', '%zz'],
    ['%E4', '%E4'],
    ['', ''],
  ])('decodes %j once, to %j', (segment, value) => {
    expect(matchPath(getDeviceTask, `/v1/products/${segment}/device-tasks/T`)?.parameters['productId']).toBe(value);
  });

  it.each([
    '/v1/products/P/device-tasks/T/devices',
    '/v1/products/P/device-tasks/T/',
    '/v1/products/P/device-tasks',
    '/v1/products/P/Q/device-tasks/T',
    '/V1/products/P/device-tasks/T',
    '/v2/products/P/device-tasks/T',
    '/v1/%70roducts/P/device-tasks/T',
    '',
  ])('does not take %j for a task', (path) => {
    expect(matchPath(getDeviceTask, path)).toBeUndefined();
  });

  it('tells a task from its devices', () => {
    expect(matchPath(getDeviceResults, '/v1/products/P/device-tasks/T/devices')?.parameters['taskId']).toBe('T');
    expect(matchPath(getDeviceResults, '/v1/products/P/device-tasks/devices')).toBeUndefined();
  });
});

describe('allowedMethods', () => {
  it.each([
    ['/v1/products/P/device-tasks', ['POST']],
    ['/v1/products/P/device-tasks/T', ['GET']],
    ['/v1/products/P/device-tasks/T/devices', ['GET']],
    ['/v1/health', ['GET']],
    ['/v1/health/', []],
    ['/v1/products//device-tasks', []],
    ['/v1/products/P/device-tasks//devices', []],
    ['/v1', []],
    ['/', []],
    ['', []],
  ])('gives for %s: %j', (path, methods) => {
    expect(allowedMethods(path, false)).toEqual(methods);
    expect(allowedMethods(path, true)).toEqual(methods);
  });

  it('minds what stands before a path only where nothing may', () => {
    expect(allowedMethods('/iot/v1/health', true)).toEqual(['GET']);
    expect(allowedMethods('/iot/v1/health', false)).toEqual([]);
  });
});
