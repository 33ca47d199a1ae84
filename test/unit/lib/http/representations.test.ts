import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRepresentation, representText, type Representation } from '../../../../lib/http/representations.ts';

const JSON_TYPE = 'application/json';
const encodings = (all: readonly Representation[]) => all.map(({ encoding }) => encoding);
const tags = (all: readonly Representation[]) => all.map(({ etag }) => etag());

describe('representText', () => {
  it.each([
    ['application/json', 1024, ['gzip', 'identity']],
    ['application/problem+json', 1024, ['gzip', 'identity']],
    ['text/csv; charset=utf-8; header=present', 1024, ['gzip', 'identity']],
    ['application/json', 1023, ['identity']],
    ['text/html; charset=utf-8', 4096, ['identity']],
    ['application/jsonp', 4096, ['identity']],
  ])('of %s and %i bytes: %j', (type, length, expected) => {
    expect(encodings(representText('x'.repeat(length), type))).toEqual(expected);
  });

  it('counts bytes, not characters', () => {
    expect(encodings(representText('ä'.repeat(512), JSON_TYPE))).toEqual(['gzip', 'identity']);
  });

  it('tags the same bytes the same, others and other encodings differently', () => {
    const [text, other] = ['x'.repeat(2000), 'y'.repeat(2000)];
    expect(tags(representText(text, JSON_TYPE))).toEqual(tags(representText(text, JSON_TYPE)));
    const all = [text, other].flatMap((one) => tags(representText(one, JSON_TYPE)));
    expect(new Set(all).size).toBe(4);
    for (const tag of all) expect(tag).toMatch(/^"[\w-]{27}(?:-gzip)?"$/);
  });

  it('is the same text in every encoding, and never more bytes of it', () => {
    const unit = fc.oneof(fc.constant('grapheme' as const), fc.constant('binary' as const), fc.constant('binary-ascii' as const));
    const longText = unit.chain((of) => fc.string({ unit: of, minLength: 1024, maxLength: 4000, size: 'max' }));
    fc.assert(
      fc.property(longText, (text) => {
        const plain = Buffer.from(text);
        const [gzip] = representText(text, JSON_TYPE);
        const isSmaller = gzip?.isSmaller?.();
        const packed = Buffer.from(gzip?.content() ?? '');
        expect(gunzipSync(packed)).toEqual(plain);
        expect(isSmaller).toBe(packed.length < plain.length);
      }),
    );
  });
});

// Of this text no byte says anything of the next: 210 values, as likely each, in characters of one to four bytes.
function makeShrinkless(length: number): string {
  let seed = 1;
  const below = (limit: number) => (seed = (seed * 48_271) % 2_147_483_647) % limit;
  const next = () => {
    const lead = below(146);
    if (lead < 95) return 0x20 + lead;
    if (lead < 125) return 0x80 + below(0x780);
    return lead < 141 ? 0x4000 + below(0x8000) : 0x1_0000 + below(0x10_0000);
  };
  return String.fromCodePoint(...Array.from({ length }, next));
}

describe('chooseRepresentation', () => {
  const text = '{"a":1}'.repeat(200);

  it.each([
    ['gzip', 'gzip'],
    ['deflate, gzip;q=0.5, br', 'gzip'],
    ['gzip;q=0.5, identity;q=0.6', 'identity'],
    ['gzip;q=0', 'identity'],
    ['identity;q=0, *', 'gzip'],
    ['br', 'identity'],
    [undefined, 'identity'],
  ])('to %j: %s', (field, expected) => {
    expect(chooseRepresentation(representText(text, JSON_TYPE), field).encoding).toBe(expected);
  });

  it('sends as it is what does not shrink, with the tag of what is sent', () => {
    const shrinkless = makeShrinkless(700);
    expect(gzipSync(shrinkless).length).toBeGreaterThanOrEqual(Buffer.byteLength(shrinkless));
    const all = representText(shrinkless, JSON_TYPE);
    expect(encodings(all)).toEqual(['gzip', 'identity']);
    const chosen = chooseRepresentation(all, 'gzip');
    expect([chosen.encoding, chosen.content(), chosen.etag()]).toEqual(['identity', shrinkless, tags(all)[1]]);
  });

  it('compresses nothing to know which tag an answer in ASCII has', () => {
    const all = representText(text, JSON_TYPE).map((one) => ({ ...one, content: () => expect.fail('compressed') }));
    expect(chooseRepresentation(all, 'gzip').etag()).toMatch(/-gzip"$/);
  });
});
