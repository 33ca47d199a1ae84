import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../lib/errors.ts';
import { parseListClaim, readCaller, requireIdentity, requireProduct, requireScopes } from '../../../../lib/http/caller.ts';
import { toHttpRequest } from '../../../../lib/http/httpRequest.ts';
import { makeEvent, type Claims } from '../../../support/apiGatewayEvent.ts';

fc.configureGlobal({ seed: 20_261_124 });

const readClaims = (claims: Claims) => readCaller(toHttpRequest(makeEvent({ claims }), {}));

function catchError(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('readCaller', () => {
  it('asks whoever sent no token for one', () => {
    const error = catchError(() => readCaller(toHttpRequest(makeEvent(), {})));
    expect(error.code).toBe('unauthorized');
    expect(error.options.headers).toEqual({ 'www-authenticate': 'Bearer realm="iotcloud-rest"' });
  });

  it('calls a token that brought no claims invalid', () => {
    for (const name of ['authorization', 'Authorization']) {
      const request = toHttpRequest(makeEvent({ headers: { [name]: 'Bearer x' } }), {});
      expect(catchError(() => readCaller(request)).options.headers).toEqual({
        'www-authenticate': 'Bearer realm="iotcloud-rest", error="invalid_token"',
      });
    }
  });

  it.each([
    [{ scope: 'devices:read devices:write' }],
    [{ scope: ['devices:read', 'devices:write'] }],
    [{ scp: 'devices:read devices:write' }],
    [{ scp: ['devices:read', 'devices:write'] }],
    [{ scope: 'devices:read', scp: ['devices:write'] }],
    [{ scope: ' devices:read  devices:write ' }],
  ])('reads the scopes of %j', (claims) => {
    expect([...readClaims({ sub: 'x', ...claims }).scopes]).toEqual(['devices:read', 'devices:write']);
  });

  it.each([[{}], [{ scope: '' }], [{ scope: [] }], [{ scope: 'devices:reader Devices:read' }], [{ scopes: 'devices:read' }]])(
    'finds no scope of ours in %j',
    (claims) => {
      expect(readClaims({ sub: 'x', ...claims }).scopes.has('devices:read')).toBe(false);
    },
  );

  it('knows who calls, and what is no text is nobody', () => {
    expect(readClaims({ iss: 'i', sub: 's', client_id: 'c', azp: 'a' })).toMatchObject({ iss: 'i', sub: 's', client: 'c' });
    expect(readClaims({ iss: '', azp: 'a' })).toMatchObject({ iss: undefined, sub: undefined, client: 'a' });
  });
});

describe('parseListClaim', () => {
  it('reads back any list of words as the gateway writes it', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_:.-]{1,16}$/);
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(parseListClaim(`[${words.join(' ')}]`)).toEqual(words);
        expect(parseListClaim(words.join(' '))).toEqual(words);
      }),
    );
  });

  it('finds nothing in what is no text', () => {
    for (const value of [undefined, null, 1, true, ['a'], { a: 1 }]) expect(parseListClaim(value)).toEqual([]);
  });
});

describe('requireProduct', () => {
  const isAllowed = (claims: Claims, productId = 'P1', demand: 'optional' | 'required' = 'optional') => {
    try {
      requireProduct(readClaims({ sub: 'x', ...claims }), productId, demand);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'forbidden' });
      return false;
    }
  };

  it('allows every product to a token that names none, unless the stage demands the claim', () => {
    expect(isAllowed({})).toBe(true);
    expect(isAllowed({}, 'P1', 'required')).toBe(false);
  });

  it.each([[['P1']], [['P0', 'P1']], ['P1'], ['P0 P1']])('allows a product that stands in %j', (products) => {
    expect(isAllowed({ products })).toBe(true);
    expect(isAllowed({ products }, 'P1', 'required')).toBe(true);
  });

  it.each([
    [[]],
    [''],
    [' '],
    [['P2']],
    [['p1']],
    [['P11']],
    ['*'],
    [['P1', '*']],
    [['P1', 'a/b']],
    ['P1,P2'],
    ['["P1"]'],
    ['[P1'],
    ['P1]'],
    ['[[P1]]'],
    [{ id: 'P1' }],
    [null],
    [true],
    [['P1', 'null']],
  ])('allows nothing to a token whose claim is %j', (products) => {
    expect(isAllowed({ products })).toBe(false);
    expect(isAllowed({ products }, 'P1', 'required')).toBe(false);
  });

  it('takes what the gateway makes of null and booleans for no product', () => {
    for (const value of [null, true, false]) {
      expect(isAllowed({ products: value }, String(value))).toBe(false);
      expect(isAllowed({ products: [value] }, String(value))).toBe(false);
    }
  });

  it('allows nothing where the claim did not arrive as text', () => {
    for (const products of [['P1'], null, 1, undefined]) {
      const request = { ...toHttpRequest(makeEvent(), {}), claims: { sub: 'x', products } };
      expect(catchError(() => requireProduct(readCaller(request), 'P1', 'optional')).code).toBe('forbidden');
    }
  });
});

describe('requireIdentity', () => {
  it.each([{ sub: 's' }, { client_id: 'c' }, { azp: 'a' }])('passes %j', (claims) => {
    expect(() => requireIdentity(readClaims(claims))).not.toThrow();
  });

  it.each([{ iss: 'i' }, { iss: 'i', sub: '' }, { iss: 'i', sub: '', client_id: '' }])('refuses %j, which names nobody', (claims) => {
    expect(catchError(() => requireIdentity(readClaims(claims))).code).toBe('forbidden');
  });
});

describe('requireScopes', () => {
  it('passes who has all of them', () => {
    const caller = readClaims({ scope: 'devices:read devices:credentials' });
    expect(() => requireScopes(caller, ['devices:read', 'devices:credentials'])).not.toThrow();
  });

  it('names what is missing, for the client to ask for', () => {
    const error = catchError(() => requireScopes(readClaims({ scope: 'devices:read' }), ['devices:read', 'devices:credentials']));
    expect(error).toMatchObject({ code: 'forbidden', message: 'The token lacks the scope devices:credentials.' });
    expect(error.options.headers).toEqual({
      'www-authenticate': 'Bearer realm="iotcloud-rest", error="insufficient_scope", scope="devices:credentials"',
    });
  });
});
