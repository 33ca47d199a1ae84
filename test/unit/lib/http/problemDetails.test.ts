import { describe, expect, it } from 'vitest';
import { AppError, problemCodes as codes } from '../../../../lib/errors.ts';
import { problemKinds } from '../../../../lib/problemKinds.ts';
import { asAppError, toProblemAnswer } from '../../../../lib/http/problemDetails.ts';

const request = { id: 'request', path: '/v1/x' };

describe('toProblemAnswer', () => {
  it.each(codes)('makes RFC 9457 problem details of %s, kept nowhere', (code) => {
    const { status, title, retryable } = problemKinds[code];
    const answer = toProblemAnswer(new AppError(code, 'What happened.'), request);
    expect(answer).toMatchObject({ status, contentType: 'application/problem+json', caching: 'no-store' });
    expect(answer.body).toEqual({
      type: `urn:iotcloud-rest:problem:${code}`,
      title,
      status,
      detail: 'What happened.',
      instance: '/v1/x',
      code,
      requestId: 'request',
      retryable,
    });
  });

  it.each(codes.filter((code) => problemKinds[code].status === 503))('tells when to repeat a %s', (code) => {
    const { headers } = toProblemAnswer(new AppError(code, ''), request);
    expect(headers?.['retry-after']).toMatch(/^[1-9]\d*$/);
  });

  it.each([
    ['/v1/x', '/v1/x'],
    ['/v1/%E4/%zz', '/v1/%E4/%25zz'],
    ['/a b<c>"\n', '/a%20b%3Cc%3E%22%0A'],
    ['/ä/\ud800', '/%C3%A4/%EF%BF%BD'],
    ['//host/x', '/host/x'],
  ])('names the path %j as the reference %j', (path, instance) => {
    const { body } = toProblemAnswer(new AppError('route-not-found', ''), { id: 'request', path });
    expect(body).toMatchObject({ instance });
  });

  it('carries faults, refusal, members and headers, and never the cause', () => {
    const errors = [{ in: 'query', name: 'page', detail: 'is wrong' }] as const;
    const upstream = { api: 'v2', code: 4000, moduleCode: 2101, codeDesc: 'InvalidParameter' };
    const members = { taskStatus: 'running' };
    const cause = new Error('secret-cause');
    const answer = toProblemAnswer(
      new AppError('invalid-request', 'x', { errors, upstream, members, headers: { allow: 'GET' }, cause }),
      request,
    );
    expect(answer.body).toMatchObject({ errors, upstream, ...members });
    expect(answer.headers).toEqual({ allow: 'GET' });
    expect(JSON.stringify(answer)).not.toContain('secret-cause');
  });
});

describe('asAppError', () => {
  it('passes an AppError through', () => {
    const error = new AppError('forbidden', 'no');
    expect(asAppError(error)).toBe(error);
  });

  it.each([new Error('host 10.0.0.1'), new TypeError('x'), 'text', undefined, null, { status: 404 }])(
    'takes anything else for a fault of our own that says nothing of itself: %s',
    (thrown) => {
      const error = asAppError(thrown);
      expect(error.code).toBe('internal-error');
      expect(error.message).toBe('The service failed; the fault is logged under this request id.');
      expect(error.options.cause).toBe(thrown);
    },
  );
});
