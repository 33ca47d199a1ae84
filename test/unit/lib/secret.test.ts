import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecret } from '../../../lib/secret.ts';

// Long enough to stand nowhere by chance.
const values = fc.uuid();

describe('createSecret', () => {
  it('reveals the very string', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => createSecret(value).reveal() === value));
  });

  it('says [redacted] as text, in templates, in JSON and on a console', () => {
    const secret = createSecret('the-value');
    // oxlint-disable-next-line typescript/restrict-plus-operands, typescript/restrict-template-expressions -- what a careless caller writes
    const texts = [String(secret), `${secret}`, '' + secret, inspect(secret), secret.toJSON()];
    expect(new Set(texts)).toEqual(new Set(['[redacted]']));
    expect(JSON.stringify({ deep: [{ secret }] })).toBe('{"deep":[{"secret":"[redacted]"}]}');
    expect(inspect({ deep: { secret } })).toBe('{ deep: { secret: [redacted] } }');
  });

  it('shows its value to nothing but reveal', () => {
    fc.assert(
      fc.property(values, (value) => {
        const secret = createSecret(value);
        const error = new Error(`bad key ${String(secret)}`, { cause: secret });
        const shown = [
          inspect(secret, { showHidden: true, customInspect: false, depth: Infinity }),
          inspect(error, { showHidden: true, depth: Infinity }),
          JSON.stringify({ ...secret }),
          JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
        ];
        for (const text of shown) expect(text).not.toContain(value);
      }),
    );
  });

  it('has nothing to enumerate or copy', () => {
    const secret = createSecret('the-value');
    expect([Object.keys(secret), Object.entries(secret), { ...secret }]).toEqual([[], [], {}]);
    expect(structuredClone(secret)).toEqual({});
  });

  it('cannot be changed', () => {
    const secret = createSecret('the-value');
    expect(Reflect.set(secret, 'reveal', () => 'other')).toBe(false);
    expect(Reflect.defineProperty(secret, 'toJSON', { value: () => 'other' })).toBe(false);
    expect(Object.isFrozen(secret)).toBe(true);
  });
});
