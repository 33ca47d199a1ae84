import { describe, expect, it } from 'vitest';
import { classOf, describeFailure, type Failure } from '../../../../lib/upstream/failure.ts';
import { faults, refusalOf } from './failures.ts';

describe('classOf', () => {
  it.each(faults)('says of %j %s', (failure, failureClass) => expect(classOf(failure)).toBe(failureClass));

  it('is what the code of a refusal means', () => {
    expect((['throttled', 'inconclusive'] as const).map((failureClass) => classOf(refusalOf(failureClass)))).toEqual(['throttled', 'inconclusive']);
  });
});

describe('describeFailure', () => {
  const refusal = refusalOf('definite');

  it.each([
    [{ ...refusal, upstream: { api: 'v2', code: 5000, moduleCode: 2006, codeDesc: 'TaskNotExist' } }, 'refusal 5000/2006'],
    [{ ...refusal, upstream: { api: 'v2', code: 6000 } }, 'refusal 6000'],
    [{ kind: 'unreadable', reason: 'status', httpStatus: 502 }, 'unreadable status 502'],
    [{ kind: 'unreadable', reason: 'json' }, 'unreadable json'],
    [{ kind: 'connection', sent: true, reason: 'ECONNRESET' }, 'connection ECONNRESET'],
    [{ kind: 'timeout', sent: true }, 'timeout'],
    [{ kind: 'breaker-open' }, 'breaker-open'],
  ] satisfies [Failure, string][])('describes %j as %s', (failure, line) => expect(describeFailure(failure)).toBe(line));
});
