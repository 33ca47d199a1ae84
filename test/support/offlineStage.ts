import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { keysFile, loadOfflineKeys } from '../../offline/offlineKeys.ts';
import { signOfflineToken, type TokenRequest } from '../../offline/offlineTokens.ts';
import { root } from '../../tools/paths.ts';

/** `npm start`'s own process, as a user starts it. */
export interface StartedStage {
  readonly url: string;
  /** Everything it printed so far, both streams. */
  readonly output: () => string;
  readonly child: ChildProcess;
  readonly token: (request?: Partial<TokenRequest>) => Promise<string>;
  /** A request with a token that may do everything, unless `headers` say otherwise. */
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
  /** Ctrl-C. @returns the exit code */
  readonly interrupt: () => Promise<number | null>;
}

const ALL_SCOPES = 'devices:read devices:write devices:credentials';

const PROGRAM = [process.execPath, 'offline/start.ts'] as const;

/** The program alone, for starts that are meant to fail. @param command what starts it */
export function spawnStage(env: NodeJS.ProcessEnv, [file, ...args]: readonly [string, ...string[]] = PROGRAM) {
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, DYNAMODB_ENDPOINT: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const isReady = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      if (line.includes('/v1/health')) isReady.resolve();
    });
  const ended = once(child, 'close').then(() => child.exitCode);
  return { child, ended, ready: isReady.promise, output: () => lines.join('\n') };
}

export async function signToken(request: Partial<TokenRequest> = {}): Promise<string> {
  const whole = { scope: ALL_SCOPES, subject: 'tester', lifetimeS: 3600, ...request };
  return signOfflineToken(await loadOfflineKeys(keysFile), whole, Math.floor(Date.now() / 1000));
}

/** Starts the offline stage on a free port and waits until it has printed its commands. */
export async function startStage(env: NodeJS.ProcessEnv = {}, command: readonly [string, ...string[]] = PROGRAM): Promise<StartedStage> {
  const { child, ended, ready, output } = spawnStage({ PORT: '0', ...env }, command);
  const failure = ended.then((code) => {
    throw new Error(`the stage ended with ${code}:\n${output()}`);
  });
  await Promise.race([ready, failure]);
  const url = /http:\/\/localhost:\d+/.exec(output())?.[0] ?? '';
  const token = await signToken();
  return {
    url,
    output,
    child,
    token: signToken,
    request: (path, init = {}) =>
      fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...Object.fromEntries(new Headers(init.headers)) } }),
    interrupt: () => {
      child.kill('SIGINT');
      failure.catch(() => undefined);
      return ended;
    },
  };
}
