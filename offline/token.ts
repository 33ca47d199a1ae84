import { parseArgs } from 'node:util';
import type { Scope } from '../lib/functions/apiFunction.ts';
import { keysFile, loadOfflineKeys } from './offlineKeys.ts';
import { signOfflineToken, type TokenRequest } from './offlineTokens.ts';

const SCOPES: Readonly<Record<Scope, string>> = {
  'devices:read': 'follow tasks and read results',
  'devices:write': 'create tasks',
  'devices:credentials': 'read private keys and pre-shared keys, with devices:read',
};

const USAGE =
  'usage: npm run --silent token -- --scope "devices:read devices:credentials" [--products "ABCED12345 OTHER"] [--subject me] [--expires=1h]';

const HELP = `${USAGE}

Prints a token for the offline stage.
  --scope     of these, separated by spaces (default devices:read):
${Object.entries(SCOPES).map(([name, text]) => `                ${name.padEnd(21)}${text}`).join('\n')}
  --products  the products it is limited to, separated by spaces (default: every product)
  --subject   the caller's name (default me)
  --expires   90s, 30m, 1h or 7d from now (default 1h); a negative one, --expires=-1h, makes an expired token
  --help      prints this`;

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `90s`, `30m`, `1h`, `7d`, or negative, in seconds; `undefined` for anything else. */
export function parseDurationS(text: string): number | undefined {
  const match = /^(-?\d{1,6})([smhd])$/.exec(text);
  const unit = match?.[2] as keyof typeof SECONDS | undefined; // the pattern's own alternatives
  return unit === undefined ? undefined : Number(match?.[1]) * SECONDS[unit];
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

function readScope(text: string): string {
  const scopes = words(text);
  const unknown = scopes.find((scope) => !Object.hasOwn(SCOPES, scope));
  if (unknown === undefined) return scopes.join(' ');
  throw new Error(`--scope: ${unknown} is none of ${Object.keys(SCOPES).join(', ')}`);
}

/** Reads the command line. @returns `help` if it asks for that @throws Error that names the option */
export function readTokenRequest(args: readonly string[]): TokenRequest | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scope: { type: 'string', default: 'devices:read' },
      products: { type: 'string' },
      subject: { type: 'string', default: 'me' },
      expires: { type: 'string', default: '1h' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const lifetimeS = parseDurationS(values.expires);
  if (lifetimeS === undefined) throw new Error(`--expires: ${values.expires} is no duration such as 90s, 30m, 1h or -1h`);
  const products = values.products === undefined ? {} : { products: words(values.products) };
  return { scope: readScope(values.scope), subject: values.subject, lifetimeS, ...products };
}

if (import.meta.main) {
  try {
    const request = readTokenRequest(process.argv.slice(2));
    const sign = async (wanted: TokenRequest) => signOfflineToken(await loadOfflineKeys(keysFile), wanted, Math.floor(Date.now() / 1000));
    console.log(request === 'help' ? HELP : await sign(request));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exitCode = 1;
  }
}
