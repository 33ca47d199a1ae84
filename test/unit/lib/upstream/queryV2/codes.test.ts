import { inspect } from 'node:util';
import fc from 'fast-check';
import * as z from 'zod/mini';
import { describe, expect, it } from 'vitest';
import type { ProblemCode } from '../../../../../lib/errors.ts';
import { problemKinds } from '../../../../../lib/problemKinds.ts';
import type { Failure } from '../../../../../lib/upstream/failure.ts';
import type { FailureClass } from '../../../../../lib/upstream/failureClass.ts';
import { meaningOf } from '../../../../../lib/upstream/queryV2/codes.ts';
import { parseEnvelope } from '../../../../../lib/upstream/queryV2/envelope.ts';
import { toAppError } from '../../../../../lib/upstream/toAppError.ts';

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

const refusal = (code: number, moduleCode?: number): Failure => ({
  kind: 'refusal',
  meaning: meaningOf(code, moduleCode),
  upstream: { api: 'v2', code, ...(moduleCode === undefined ? {} : { moduleCode }) },
});
const codesOf = (failure: Failure) => (['task', 'creation'] as const).map((subject) => toAppError(failure, subject).code);

describe('the table of codes', () => {
  it.each(errorTable)('makes %i alone %s, or %s of a creation', (code, onTask, onCreation = onTask) => {
    expect(codesOf(refusal(code))).toEqual([onTask, onCreation]);
  });

  it.each(moduleRows)('lets the module code %i decide over every common code', (moduleCode, onTask, onCreation = onTask) => {
    for (const [code] of [...commonRows, [12345] as const]) {
      expect(codesOf(refusal(code, moduleCode))).toEqual([onTask, onCreation]);
    }
  });

  it.each(commonRows)('lets the common code %i decide over a module code the table does not name', (code, onTask, onCreation = onTask) => {
    for (const moduleCode of [0, -2006, 2003, 2013, 9999, 4400, 5100, 6000]) {
      expect(codesOf(refusal(code, moduleCode))).toEqual([onTask, onCreation]);
    }
  });

  it.each([4099, 4111, 2003, 1, -1])('makes %i upstream-error, and unknown of a creation', (code) => {
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

  it('gives every problem a detail of its own', () => {
    for (const [code] of errorTable) {
      const problem = toAppError(refusal(code), 'task');
      expect(problem.message).toMatch(/^[A-Z].{20,}\.$/);
      expect(problemKinds[problem.code].status).toBeGreaterThan(399);
    }
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


const classes: readonly [failureClass: FailureClass, ...codes: number[]][] = [
  ['throttled', 4400],
  ['key-refused', 4100, 4104, 4105],
  ['clock-refused', 4200, 4500],
  ['out-of-service', 6200],
  ['vendor-fault', 2100, 5100],
  ['vendor-down', 6000],
];
const special = classes.flatMap(([, ...codes]) => codes);

describe('the class of a code', () => {
  it.each(classes)('is %s of %i', (failureClass, ...codes) => {
    expect(codes.map((code) => meaningOf(code, undefined).class)).toEqual(codes.map(() => failureClass));
  });

  it('is definite of every other code the table names, but for 5400', () => {
    const others = [...named].filter((code) => !special.includes(code) && code !== 5400);
    expect(others.map((code) => meaningOf(code, undefined).class)).toEqual(others.map(() => 'definite'));
  });

  it('is inconclusive of 5400 and of every code it does not name', () => {
    const others = fc.integer({ min: 0, max: 10_000 }).filter((code) => !named.has(code));
    fc.assert(fc.property(fc.oneof(fc.constant(5400), others), (code) => meaningOf(code, undefined).class === 'inconclusive'));
  });
});
