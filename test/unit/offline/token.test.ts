import { describe, expect, it } from 'vitest';
import { readTokenRequest } from '../../../offline/token.ts';

describe('the token tool', () => {
  it('reads scope, products, subject and lifetime', () => {
    expect(readTokenRequest([])).toEqual({ scope: 'devices:read', subject: 'me', lifetimeS: 3600 });
    const args = ['--scope', ' devices:read  devices:write', '--products', 'A B', '--subject', 'you', '--expires=-2m'];
    expect(readTokenRequest(args)).toEqual({ scope: 'devices:read devices:write', products: ['A', 'B'], subject: 'you', lifetimeS: -120 });
    expect(readTokenRequest(['--scope', ''])).toMatchObject({ scope: '' });
  });

  it('refuses a scope that is none of the three, and names them', () => {
    const known = 'devices:read, devices:write, devices:credentials';
    for (const scope of ['devices:reed', 'DEVICES:READ', 'devices:read,devices:write', 'toString'])
      expect(() => readTokenRequest(['--scope', `devices:read ${scope}`])).toThrow(`--scope: ${scope} is none of ${known}`);
  });

  it.each(['--help', '-h'])('helps with %s', (option) => {
    expect(readTokenRequest([option, '--scope', 'devices:read'])).toBe('help');
  });

  it.each([['--expires=soon', 'no duration'], ['--colour', 'Unknown option']])('refuses %s', (option, complaint) => {
    expect(() => readTokenRequest([option])).toThrow(complaint);
  });
});
