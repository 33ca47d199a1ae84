import { inspect } from 'node:util';
import fc from 'fast-check';
import * as z from 'zod/mini';
import { describe, expect, it } from 'vitest';
import { AppError, problemKinds, type ProblemCode } from '../../../../lib/errors.ts';
import { decidingCode } from '../../../../lib/upstream/queryV2/codes.ts';
import { parseEnvelope } from '../../../../lib/upstream/queryV2/envelope.ts';
import { describeFailure, type LegacyFailure } from '../../../../lib/upstream/failure.ts';
import { isCreationUnknown, toAppError } from '../../../../lib/upstream/toAppError.ts';

/** The rows of the contract's error table that name legacy codes, and what they are on a creation if that differs. */
const errorTable: readonly [code: number, onTask: ProblemCode, onCreation?: ProblemCode][] = [
  [4000, 'invalid-request'],
  [2002, 'invalid-request'],
  [2004, 'invalid-request'],
  [2101, 'invalid-request'],
  [2006, 'task-not-found'],
  [2012, 'task-not-found'],
  [5000, 'task-not-found', 'upstream-error'],
  [2008, 'product-not-found'],
  [2000, 'device-limit-exceeded'],
  [4400, 'upstream-rate-limited'],
  [6000, 'upstream-unavailable', 'task-creation-unknown'],
  [2100, 'upstream-unavailable', 'task-creation-unknown'],
  [5100, 'upstream-unavailable', 'task-creation-unknown'],
  [6200, 'upstream-unavailable'],
  [4100, 'upstream-auth-failed'],
  [4101, 'upstream-auth-failed'],
  [4102, 'upstream-auth-failed'],
  [4103, 'upstream-auth-failed'],
  [4104, 'upstream-auth-failed'],
  [4105, 'upstream-auth-failed'],
  [4106, 'upstream-auth-failed'],
  [4107, 'upstream-auth-failed'],
  [4108, 'upstream-auth-failed'],
  [4109, 'upstream-auth-failed'],
  [4110, 'upstream-auth-failed'],
  [4300, 'upstream-auth-failed'],
  [4200, 'upstream-auth-failed'],
  [4500, 'upstream-auth-failed'],
  [2001, 'upstream-error'],
  [4600, 'upstream-error'],
  [5200, 'upstream-error'],
  [5300, 'upstream-error'],
  [5400, 'upstream-error', 'task-creation-unknown'],
  [5500, 'upstream-error'],
  [6100, 'upstream-error'],
];
const moduleRows = errorTable.filter(([code]) => code < 3000);
const commonRows = errorTable.filter(([code]) => code >= 4000);
const named = new Set(errorTable.map(([code]) => code));

const refusal = (code: number, moduleCode?: number): Extract<LegacyFailure, { kind: 'refusal' }> => ({
  kind: 'refusal',
  code,
  ...(moduleCode === undefined ? {} : { moduleCode }),
});
const codesOf = (failure: LegacyFailure) => (['task', 'creation'] as const).map((subject) => toAppError(failure, subject).code);

describe('toAppError on a refusal', () => {
  it.each(errorTable)('makes %i alone %s, or %s of a creation', (code, onTask, onCreation = onTask) => {
    expect(codesOf(refusal(code))).toEqual([onTask, onCreation]);
  });

  it.each(moduleRows)('lets the module code %i decide over every common code', (moduleCode, onTask, onCreation = onTask) => {
    for (const [code] of [...commonRows, [12345] as const]) {
      expect(codesOf(refusal(code, moduleCode))).toEqual([onTask, onCreation]);
    }
  });

  it.each(commonRows)('lets the common code %i decide over a module code the table does not name', (code, onTask, onCreation = onTask) => {
    for (const moduleCode of [0, -2006, 2005, 2013, 9999, 4400, 5100, 6000]) {
      expect(codesOf(refusal(code, moduleCode))).toEqual([onTask, onCreation]);
    }
  });

  it.each([4099, 4111, 2005, 1, -1])('makes %i upstream-error, and unknown of a creation', (code) => {
    expect(codesOf(refusal(code))).toEqual(['upstream-error', 'task-creation-unknown']);
  });

  it('makes every code the table does not name upstream-error, and unknown of a creation', () => {
    const unnamed = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 10_000 })).filter((code) => !named.has(code));
    fc.assert(
      fc.property(unnamed, fc.option(unnamed, { nil: undefined }), (code, moduleCode) => {
        expect(codesOf(refusal(code, moduleCode))).toEqual(['upstream-error', 'task-creation-unknown']);
      }),
    );
  });

  it('tells codes and English name as the upstream member, and leaves out what was not sent', () => {
    const { options } = toAppError({ ...refusal(5000, 2006), codeDesc: 'TaskNotExist', vendorClockS: 1_556_706_450 }, 'task');
    expect(options.upstream).toEqual({ code: 5000, moduleCode: 2006, codeDesc: 'TaskNotExist' });
    expect(toAppError(refusal(6000), 'task').options.upstream).toEqual({ code: 6000 });
  });

  it("never shows the vendor's free text, to the client or to our logs", () => {
    // Long enough to stand nowhere by chance.
    const text = fc.uuid();
    fc.assert(
      fc.property(fc.constantFrom(...named, 12345), fc.constantFrom('（2006）', '(2100)', ''), text, (code, prefix, secret) => {
        const body = { code, message: `${prefix}${secret}`, codeDesc: `the ${secret}`, reason: secret };
        const outcome = parseEnvelope(JSON.stringify(body), z.object({}));
        const failures = outcome.ok ? [] : [outcome.failure];
        expect(failures).toHaveLength(1);
        for (const error of failures.map((failure) => toAppError(failure, 'task'))) {
          expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(secret);
        }
      }),
    );
  });
});

const faults: readonly [failure: LegacyFailure, onTask: ProblemCode, onCreation: ProblemCode][] = [
  [{ kind: 'connection', sent: false, reason: 'ECONNREFUSED' }, 'upstream-unavailable', 'upstream-unavailable'],
  [{ kind: 'connection', sent: true, reason: 'ECONNRESET' }, 'upstream-unavailable', 'task-creation-unknown'],
  [{ kind: 'timeout', sent: false }, 'upstream-timeout', 'upstream-timeout'],
  [{ kind: 'timeout', sent: true }, 'upstream-timeout', 'task-creation-unknown'],
  [{ kind: 'unreadable', reason: 'status', httpStatus: 502 }, 'upstream-malformed', 'task-creation-unknown'],
  [{ kind: 'unreadable', reason: 'json' }, 'upstream-malformed', 'task-creation-unknown'],
  [{ kind: 'unreadable', reason: 'shape' }, 'upstream-malformed', 'task-creation-unknown'],
  [{ kind: 'unreadable', reason: 'size' }, 'upstream-malformed', 'task-creation-unknown'],
  [{ kind: 'unreadable', reason: 'incomplete' }, 'upstream-malformed', 'task-creation-unknown'],
  [{ kind: 'breaker-open' }, 'upstream-unavailable', 'upstream-unavailable'],
];

describe('toAppError on a fault', () => {
  it.each(faults)('makes of %j %s, or %s of a creation', (failure, onTask, onCreation) => {
    expect(codesOf(failure)).toEqual([onTask, onCreation]);
    expect(toAppError(failure, 'task').options.upstream).toBeUndefined();
    expect(isCreationUnknown(failure)).toBe(onCreation === 'task-creation-unknown');
  });
});

describe('every problem made of a failure', () => {
  const problems = [...errorTable.map(([code]) => refusal(code)), refusal(1), ...faults.map(([failure]) => failure)].flatMap(
    (failure) => [toAppError(failure, 'task'), toAppError(failure, 'creation')],
  );

  it('is an AppError with a detail of its own for the client', () => {
    for (const problem of problems) {
      expect(problem).toBeInstanceOf(AppError);
      expect(problem.message).toMatch(/^[A-Z].{20,}\.$/);
    }
  });

  it('has the status of the contract', () => {
    const statuses = Object.fromEntries(problems.map(({ code }) => [code, problemKinds[code].status]));
    expect(statuses).toEqual({
      'invalid-request': 400,
      'task-not-found': 404,
      'product-not-found': 404,
      'device-limit-exceeded': 409,
      'upstream-rate-limited': 503,
      'upstream-unavailable': 503,
      'upstream-auth-failed': 502,
      'upstream-malformed': 502,
      'upstream-error': 502,
      'upstream-timeout': 504,
      'task-creation-unknown': 504,
    });
  });

  it('says of an unknown creation to look the names up in the console', () => {
    const { message } = toAppError({ kind: 'timeout', sent: true }, 'creation');
    expect(message).toMatch(/Look their names up in the vendor's console before using them again\.$/);
  });
});

describe('decidingCode', () => {
  it('is the module code where the table names it, otherwise the common code', () => {
    expect([refusal(5000, 2006), refusal(5000, 2005), refusal(5000)].map(decidingCode)).toEqual([2006, 5000, 5000]);
  });
});

describe('describeFailure', () => {
  it.each([
    [refusal(5000, 2006), 'refusal 5000/2006'],
    [refusal(6000), 'refusal 6000/-'],
    [{ kind: 'unreadable', reason: 'status', httpStatus: 502 }, 'unreadable status 502'],
    [{ kind: 'unreadable', reason: 'json' }, 'unreadable json'],
    [{ kind: 'connection', sent: true, reason: 'ECONNRESET' }, 'connection ECONNRESET'],
    [{ kind: 'timeout', sent: true }, 'timeout'],
    [{ kind: 'breaker-open' }, 'breaker-open'],
  ] satisfies [LegacyFailure, string][])('describes %j as %s, and the problem carries it for our logs', (failure, line) => {
    expect(describeFailure(failure)).toBe(line);
    expect(toAppError(failure, 'task').cause).toBe(line);
  });
});
