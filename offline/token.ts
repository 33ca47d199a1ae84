import { parseArgs } from 'node:util';
import { loadOfflineKeys } from './offlineKeys.ts';
import { signOfflineToken, type TokenRequest } from './offlineTokens.ts';
import { keysFile } from './paths.ts';

const USAGE =
  'usage: npm run --silent token -- --scope "devices:read devices:credentials" [--products "ABCED12345 OTHER"] [--subject me] [--expires=1h]';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `90s`, `30m`, `1h`, `7d`, or negative, in seconds; `undefined` for anything else. */
export function parseDurationS(text: string): number | undefined {
  const match = /^(-?\d{1,6})([smhd])$/.exec(text);
  const unit = match?.[2] as keyof typeof SECONDS | undefined; // the pattern's own alternatives
  return unit === undefined ? undefined : Number(match?.[1]) * SECONDS[unit];
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

/** Reads the command line. @throws Error that names the option */
export function readTokenRequest(args: readonly string[]): TokenRequest {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scope: { type: 'string', default: 'devices:read' },
      products: { type: 'string' },
      subject: { type: 'string', default: 'me' },
      expires: { type: 'string', default: '1h' },
    },
  });
  const lifetimeS = parseDurationS(values.expires);
  if (lifetimeS === undefined) throw new Error(`--expires: ${values.expires} is no duration such as 90s, 30m, 1h or -1h`);
  const products = values.products === undefined ? {} : { products: words(values.products) };
  return { scope: words(values.scope).join(' '), subject: values.subject, lifetimeS, ...products };
}

if (import.meta.main) {
  try {
    const request = readTokenRequest(process.argv.slice(2));
    console.log(await signOfflineToken(await loadOfflineKeys(keysFile), request, Math.floor(Date.now() / 1000)));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exitCode = 1;
  }
}
