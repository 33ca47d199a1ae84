import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { functions } from '../../../../lib/functions/functions.ts';
import { allowedMethods, findBasePath, formatPath } from '../../../../lib/http/paths.ts';

const { getDeviceTask, getDeviceResults, getDocs, getRoot } = functions;

describe('findBasePath', () => {
  it.each([
    ['/v1/products/P/device-tasks/T', ''],
    ['/v1/products/%50/device-tasks/T', ''],
    ['/dev/iot.v2/v1/products/P/device-tasks/T', '/dev/iot.v2'],
    ['/v1/products/v1/v1/products/P/device-tasks/T', '/v1/products/v1'],
  ])('finds before a task in %j: %j', (path, basePath) => {
    expect(findBasePath(getDeviceTask.template, path)).toBe(basePath);
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
    expect(findBasePath(getDeviceTask.template, path)).toBeUndefined();
  });

  it.each(['/a>; rel="next"', '/a b', '/a%20b', '/ä', '/a,b', '/a"b', '/a\n', '//host', '/a//b', 'a', '/'])('takes no base path such as %j', (basePath) => {
    expect(findBasePath(getDocs.template, `${basePath}/docs`)).toBeUndefined();
  });

  it('tells a task from its devices', () => {
    expect(findBasePath(getDeviceResults.template, '/v1/products/P/device-tasks/T/devices')).toBe('');
    expect(findBasePath(getDeviceResults.template, '/v1/products/P/device-tasks/devices')).toBeUndefined();
  });

  it('finds the stage before the root', () => {
    expect(findBasePath(getRoot.template, '/')).toBe('');
    expect(findBasePath(getRoot.template, '/dev/')).toBe('/dev');
  });
});

describe('formatPath', () => {
  it('reads back as what it was made of, whatever a parameter holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }), (productId, taskId) => {
        const path = formatPath('/dev', getDeviceResults.template, { productId, taskId });
        expect(path).toMatch(/^[\w.~!'()*/%-]+$/);
        expect(findBasePath(getDeviceResults.template, path)).toBe('/dev');
        const segments = path.split('/').map(decodeURIComponent);
        expect([segments[4], segments[6]]).toEqual([productId, taskId]);
      }),
    );
  });
});

describe('allowedMethods', () => {
  it.each([
    ['/v1/products/P/device-tasks', ['POST', 'GET']],
    ['/v1/products/P/device-tasks/T', ['GET']],
    ['/v1/products/P/device-tasks/T/devices', ['GET']],
    ['/v1/products/P/device-tasks/T/devices/x:y', ['GET']],
    ['/v1/health', ['GET', 'HEAD']],
    ['/openapi.json', ['GET', 'HEAD']],
    ['/docs', ['GET', 'HEAD']],
    ['/', ['GET']],
    ['/v1/health/', []],
    ['/v1/products//device-tasks', []],
    ['/v1/products/P/device-tasks//devices', []],
    ['/v1', []],
    ['/v1/', []],
    ['', []],
  ])('gives for %s: %j', (path, methods) => {
    expect(allowedMethods(Object.values(functions), path, false)).toEqual(methods);
    expect(allowedMethods(Object.values(functions), path, true)).toEqual(methods);
  });

  it('minds what stands before a path only if nothing may', () => {
    expect(allowedMethods(Object.values(functions), '/iot/v1/health', true)).toEqual(['GET', 'HEAD']);
    expect(allowedMethods(Object.values(functions), '/iot/v1/health', false)).toEqual([]);
  });
});
