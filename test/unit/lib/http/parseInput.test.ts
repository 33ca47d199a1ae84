import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { taskPath } from '../../../../lib/functions/deviceTaskPaths.ts';
import { parsePath, parseQuery, wholeNumber } from '../../../../lib/http/parseInput.ts';

fc.configureGlobal({ seed: 20_261_124 });

const schema = z.object({
  page: z._default(wholeNumber(1, 100), 1),
  status: z.exactOptional(z.enum(['created', 'failed'], { error: 'must be created or failed' })),
});

const faultsOf = (rawQuery: string) => {
  const parsed = parseQuery(rawQuery, schema);
  return parsed.ok ? [] : parsed.faults;
};
const namesOf = (rawQuery: string) => faultsOf(rawQuery).map(({ name }) => name);

describe('wholeNumber', () => {
  const nearNumbers = fc.oneof(
    fc.integer({ min: -5, max: 120 }).map(String),
    fc
      .tuple(
        fc.constantFrom('', ' ', '+', '-', '0', '00', '0x', '0b', '٠', '\t', '1e', '.', '１'),
        fc.integer({ min: 0, max: 101 }).map(String),
        fc.constantFrom('', ' ', '.', '.0', 'e0', 'e1', 'n', '_0', ',0', '\n', '%', '\u0000', '²'),
      )
      .map((parts) => parts.join('')),
    fc.bigInt({ min: 0n, max: 10n ** 25n }).map(String),
    fc.constantFrom('', 'NaN', 'Infinity', '1e400', 'true', 'null', '[]'),
    fc.string(),
  );

  it('takes the canonical digits of a number in range, and no other text at all', () => {
    const canonical = new Set(Array.from({ length: 100 }, (_, index) => String(index + 1)));
    const number = wholeNumber(1, 100);
    let taken = 0;
    fc.assert(
      fc.property(nearNumbers, (text) => {
        const parsed = number.safeParse(text);
        expect(parsed.success ? String(parsed.data) : undefined).toBe(canonical.has(text) ? text : undefined);
        taken += parsed.success ? 1 : 0;
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(500);
  });

  it('is exact at both ends of a wide range', () => {
    const number = wholeNumber(0, 2_147_483_647);
    const accepts = (text: string) => number.safeParse(text).success;
    expect(['0', '2147483647'].map(accepts)).toEqual([true, true]);
    expect(['-0', '2147483648', '9007199254740993', '02147483647'].map(accepts)).toEqual([false, false, false, false]);
  });
});

describe('parseQuery', () => {
  it('gives the defaults for an empty query and for stray ampersands', () => {
    expect(parseQuery('', schema)).toEqual({ ok: true, value: { page: 1 } });
    expect(parseQuery('&&', schema)).toEqual({ ok: true, value: { page: 1 } });
  });

  it('decodes percent-encoding once', () => {
    expect(parseQuery('p%61ge=%31%30&status=failed', schema)).toEqual({ ok: true, value: { page: 10, status: 'failed' } });
    expect(faultsOf('page=%2531')).toEqual([{ in: 'query', name: 'page', detail: 'must be a whole number from 1 to 100' }]);
  });

  it.each([
    ['page=', ['page']],
    ['page', ['page']],
    ['page=%', ['page']],
    ['page=1+', ['page']],
    ['page=%FF', ['page']],
    ['status=', ['status']],
    ['status=CREATED', ['status']],
    ['status=created,failed', ['status']],
  ])('refuses the bad value of %j by its name', (rawQuery, names) => {
    expect(namesOf(rawQuery)).toEqual(names);
  });

  it.each([
    ['nope=1', ['nope']],
    ['Page=1', ['Page']],
    ['page[]=1', ['page[]']],
    ['?page=1', ['?page']],
    ['=1', ['']],
    ['__proto__=1', ['__proto__']],
    ['constructor=1&toString', ['constructor', 'toString']],
    ['page=1;status=failed', ['page']],
  ])('names the unknown parameters of %j', (rawQuery, names) => {
    expect(namesOf(rawQuery)).toEqual(names);
  });

  it('names a repeated parameter once, even where its values are good or the same', () => {
    for (const rawQuery of ['page=1&page=2', 'page=1&page=1', 'page=x&page=y&p%61ge=z', 'status=failed&status=failed'])
      expect(faultsOf(rawQuery)).toMatchObject([{ in: 'query', detail: 'is given more than once' }]);
  });

  it('names an unknown and repeated parameter as unknown', () => {
    expect(faultsOf('nope=1&nope=2')).toEqual([{ in: 'query', name: 'nope', detail: 'is not a parameter of this path' }]);
  });

  it('names all faults at once', () => {
    expect(namesOf('nope&page=0&status=x')).toEqual(['nope', 'page', 'status']);
  });

  it('never throws, and takes nothing that has an unknown or repeated name', () => {
    const pair = fc.tuple(
      fc.oneof(fc.constantFrom('page', 'status', '__proto__', ''), fc.string()),
      fc.oneof(fc.constantFrom('1', '100', 'failed', ''), fc.string()),
    );
    const query = fc.oneof(
      fc.array(pair, { maxLength: 4 }).map((pairs) => new URLSearchParams(pairs).toString()),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[?&=%a-f0-9]{0,20}$/),
    );
    fc.assert(
      fc.property(query, (rawQuery) => {
        const parsed = parseQuery(rawQuery, schema);
        const names = rawQuery.split('&').filter((part) => part !== '').map((part) => part.split('=')[0]);
        const isPlain = names.every((name) => name === 'page' || name === 'status') && new Set(names).size === names.length;
        // Encoded names are left to the examples above.
        expect(parsed.ok && !isPlain && !rawQuery.includes('%')).toBe(false);
        expect(parsed.ok || parsed.faults.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parsePath', () => {

  it('takes identifiers of 1 to 64 characters', () => {
    const parameters = { taskId: `_-${'z9'.repeat(31)}`, productId: 'A' };
    expect(parsePath({ ...parameters, proxy: '%' }, taskPath)).toEqual({ ok: true, value: parameters });
  });

  it('refuses whatever is no identifier, and names each', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '/', '%', '.', 'é', '\n', 'x'.repeat(65)), (text, bad) => {
        const parsed = parsePath({ productId: `${text}${bad}`, taskId: 'T' }, taskPath);
        const isGood = /^[A-Za-z0-9_-]{1,64}$/.test(`${text}${bad}`) && !`${text}${bad}`.endsWith('\n');
        expect(parsed.ok).toBe(isGood);
      }),
    );
    expect(parsePath({ taskId: '%zz' }, taskPath)).toEqual({
      ok: false,
      faults: [
        { in: 'path', name: 'productId', detail: 'must be 1 to 64 of A-Z a-z 0-9 _ -' },
        { in: 'path', name: 'taskId', detail: 'must be 1 to 64 of A-Z a-z 0-9 _ -' },
      ],
    });
  });
});
