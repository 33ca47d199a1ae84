import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { negotiateEncoding } from '../../../../lib/http/negotiateEncoding.ts';

const available = ['br', 'gzip'] as const;

describe('negotiateEncoding', () => {
  it.each([
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=0.8, BR;q=0.5', 'gzip'],
    ['gzip;q=0.5, BR;q=0.8', 'br'],
    ['gzip, br ; q=1', 'br'],
    ['gzip, br;Q=0.9', 'gzip'],
    ['br;q=0', 'identity'],
    ['br; q=0.000, gzip;q=0.001', 'gzip'],
    ['gzip, deflate', 'gzip'],
    ['brotli', 'identity'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['br;q=0, *', 'gzip'],
    ['br;q=0, *;q=0.1', 'gzip'],
    ['identity', 'identity'],
    ['identity;q=1, gzip;q=0.5', 'identity'],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['identity;q=0, gzip', 'gzip'],
    ['identity;q=0', 'identity'],
    ['identity;q=0, *;q=0', 'identity'],
    ['gzip;q=2', 'identity'],
    ['gzip;q=-1', 'identity'],
    ['gzip;q=0.1234', 'identity'],
    ['gzip;q=', 'identity'],
    ['gzip;q=0.2, gzip;q=0', 'gzip'],
    [', ,gzip,', 'gzip'],
    ['', 'identity'],
    [undefined, 'identity'],
  ])('answers %j in %s', (field, encoding) => {
    expect(negotiateEncoding(field, available)).toBe(encoding);
  });

  it('answers in identity where nothing else is there', () => {
    expect(negotiateEncoding('*', [])).toBe('identity');
  });
});

const weight = fc.nat({ max: 1000 }).map((thousandths) => thousandths / 1000);
const codings = fc.uniqueArray(fc.constantFrom('br', 'gzip', 'identity', 'zstd', '*', 'x'), { maxLength: 6 });
const preferences = codings.chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, weight]))));
const format = (weights: Readonly<Record<string, number>>) =>
  Object.entries(weights)
    .map(([name, value]) => `${name};q=${value}`)
    .join(', ');

describe('negotiateEncoding, whatever the client prefers', () => {
  const weigh = (weights: Readonly<Record<string, number>>, name: string) => weights[name] ?? weights['*'] ?? 0;

  it('chooses none that the client refuses, and none while it takes another more gladly', () => {
    fc.assert(
      fc.property(preferences, (weights) => {
        const chosen = negotiateEncoding(format(weights), available);
        const best = Math.max(...available.map((name) => weigh(weights, name)));
        const plain = weigh(weights, 'identity');
        const isBest = chosen === 'identity' ? best === 0 || plain > best : weigh(weights, chosen) === best && best > 0 && best >= plain;
        expect([chosen, isBest]).toEqual([chosen, true]);
      }),
    );
  });

  it('does not depend on the order of the field, its letters or its spaces', () => {
    fc.assert(
      fc.property(preferences, (weights) => {
        const field = format(weights);
        const turned = field.split(', ').toReversed().join(' ,\t').replaceAll(';q=', ' ; Q=').toUpperCase();
        expect(negotiateEncoding(turned, available)).toBe(negotiateEncoding(field, available));
      }),
    );
  });

  it('reads any text as some encoding there is', () => {
    fc.assert(fc.property(fc.string(), (field) => [...available, 'identity'].includes(negotiateEncoding(field, available))));
  });
});
