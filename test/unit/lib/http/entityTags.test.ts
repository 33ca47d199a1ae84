import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesEntityTag, parseEntityTags } from '../../../../lib/http/entityTags.ts';

const etag = '"abc"';

describe('matchesEntityTag', () => {
  it.each([
    '"abc"',
    'W/"abc"',
    ' "abc" ',
    '"x", "abc"',
    '"x","abc"',
    '"abc" , "x"',
    'W/"x",\tW/"abc"',
    ', "abc"',
    '"x",, "abc",',
    '*',
    ' * ',
    '"with,comma", "abc"',
  ])('matches %j', (field) => {
    expect(matchesEntityTag(field, etag)).toBe(true);
  });

  it.each([
    '',
    ',',
    '"ABC"',
    '"ab"',
    '"abcd"',
    'abc',
    "'abc'",
    'w/"abc"',
    'W/ "abc"',
    'W"abc"',
    '"abc',
    'abc"',
    '"abc" "x"',
    '"x" "abc"',
    '"abc"; q=1',
    '"x", *',
    '*, "abc"',
    '**',
    '"abc", broken',
    'broken, "abc"',
    '"a bc"',
    '"x,"abc"',
  ])('does not match %j', (field) => {
    expect(matchesEntityTag(field, etag)).toBe(false);
  });

  // An expression that backtracks would be busy with each of these for minutes, and the runner would end it.
  it.each([', ', ',', ' ', 'W/', '"', '"",', '"a" '])('comes to an end on a long field of %j', (unit) => {
    expect(matchesEntityTag(`${unit.repeat(500_000)}x`, etag)).toBe(false);
  });
});

const opaque = fc.stringMatching(/^[\x21\x23-\x7e]{0,12}$/).map((text) => `"${text}"`);
const gap = fc.constantFrom('', ' ', '\t', '  ');

describe('parseEntityTags', () => {
  it('reads back any list of tags, weak or strong, however it is spaced', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ tag: opaque, weak: fc.boolean(), before: gap, after: gap, empties: fc.nat({ max: 2 }) })), (members) => {
        const field = members
          .map(({ tag, weak, before, after, empties }) => `${', '.repeat(empties)}${before}${weak ? 'W/' : ''}${tag}${after}`)
          .join(',');
        expect(parseEntityTags(field)).toEqual(members.map(({ tag }) => tag));
      }),
    );
  });
});
