import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './freePort.ts';
import { root } from './paths.ts';

/** The functions behind `serverless offline`, in a process of their own. */
export interface ServerlessOffline {
  readonly port: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly close: () => Promise<void>;
}

// Either would let a variable or a stranger's session stand in for a verified caller.
const NEVER_PASSED_ON = ['AUTHORIZER', 'IS_OFFLINE'];

const REMEMBERED_LINES = 40;

// Seconds pass between the choice of a port and its use.
const MAX_STARTS = 3;

function childEnvironment(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = { ...process.env, ...variables, SLS_NOTIFICATIONS_MODE: 'off' };
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NEVER_PASSED_ON.includes(name)));
}

/** Passes the functions' own log lines on; what the framework says is kept for the case that it fails. */
function listen(child: ChildProcess, writeLog: (line: string) => void, onReady: () => void): () => string {
  const said: string[] = [];
  const remember = (line: string) => {
    said.push(line);
    if (said.length > REMEMBERED_LINES) said.shift();
    if (line.startsWith('Server ready:')) onReady();
  };
  if (child.stdout) createInterface(child.stdout).on('line', (line) => (line.startsWith('{') ? writeLog(line) : remember(line)));
  if (child.stderr) createInterface(child.stderr).on('line', remember);
  return () => said.join('\n');
}

async function endChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await ended;
}

async function startOnce(port: number, variables: NodeJS.ProcessEnv, writeLog: (line: string) => void): Promise<ServerlessOffline> {
  // Nobody speaks to the second server, so that any port will do for it.
  const args = ['offline', 'start', '--stage', 'offline', '--httpPort', `${port}`, '--lambdaPort', '0'];
  const child = fork(join(root, 'offline', 'serverlessChild.ts'), args, {
    cwd: root,
    env: childEnvironment(variables),
    silent: true,
  });
  const ended = once(child, 'exit').then(() => undefined);
  const { promise: ready, resolve } = Promise.withResolvers<boolean>();
  const lastWords = listen(child, writeLog, () => resolve(true));
  const isReady = await Promise.race([ready, ended.then(() => false)]);
  if (!isReady) throw new Error(`serverless offline did not start:\n${lastWords()}`);
  return { port, ended, close: () => endChild(child, ended) };
}

/**
 * Starts `serverless offline` on a port that is free, again on another one where somebody took it in the meantime.
 * @throws with what it said where it ends before it is ready
 */
export async function startServerlessOffline(
  variables: NodeJS.ProcessEnv,
  writeLog: (line: string) => void,
  pickPort = freePort,
): Promise<ServerlessOffline> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(await pickPort(), variables, writeLog);
    } catch (error) {
      if (attempt === MAX_STARTS || !String(error).includes('EADDRINUSE')) throw error;
    }
  }
}
