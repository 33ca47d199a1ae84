import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { InvokeFunction } from './gateway.ts';
import { root } from '../tools/paths.ts';

/** The functions behind `serverless offline`, in a process of their own. */
export interface ServerlessOffline {
  readonly invoke: InvokeFunction;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly close: () => Promise<void>;
}

const REMEMBERED_LINES = 40;

// Service and stage: what the framework puts before a function's name.
const PREFIX = 'iotcloud-rest-offline-';

/** Passes the functions' own log lines on; what the framework says is kept for the case that it fails. */
function listen(child: ChildProcess, writeLog: (line: string) => void, onReady: () => void): () => string {
  const said: string[] = [];
  const remember = (line: string) => {
    said.push(line);
    if (said.length > REMEMBERED_LINES) said.shift();
    if (line.startsWith('Offline [http for lambda] listening')) onReady();
  };
  if (child.stdout) createInterface(child.stdout).on('line', (line) => (line.startsWith('{') ? writeLog(line) : remember(line)));
  if (child.stderr) createInterface(child.stderr).on('line', remember);
  return () => said.join('\n');
}

/** Lambda's own Invoke API, as serverless-offline serves it. Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
function createInvoke(socketPath: string): InvokeFunction {
  return async (functionName, event) => {
    const path = `/2015-03-31/functions/${PREFIX}${functionName}/invocations`;
    const request = http.request({ socketPath, method: 'POST', path, agent: false }).end(JSON.stringify(event));
    const [response] = (await once(request, 'response')) as [IncomingMessage]; // the event's one argument
    const payload = await text(response);
    const hasFailed = response.statusCode !== 200 || response.headers['x-amz-function-error'] !== undefined;
    if (hasFailed) throw new Error(`${functionName} failed (${response.statusCode})`);
    return JSON.parse(payload);
  };
}

// Windows has no sockets in the file system, but pipes.
const socketIn = (directory: string, name: string) =>
  process.platform === 'win32' ? `\\\\.\\pipe\\${basename(directory)}-${name}` : join(directory, name);

/**
 * Starts `serverless offline` behind two sockets in a directory only this user may enter: it opens no port, since
 * whoever reaches it may name any caller he likes.
 * @throws with what it said if it ends before it is ready
 */
export async function startServerlessOffline(variables: NodeJS.ProcessEnv, writeLog: (line: string) => void): Promise<ServerlessOffline> {
  const directory = await mkdtemp(join(tmpdir(), 'iotcloud-rest-'));
  const socketPath = socketIn(directory, 'lambda');
  const ports = ['--httpPort', socketIn(directory, 'http'), '--lambdaPort', socketPath];
  const child = fork(join(root, 'offline', 'serverlessChild.ts'), ['offline', 'start', '--stage', 'offline', ...ports], {
    cwd: root,
    env: { ...process.env, ...variables, SLS_NOTIFICATIONS_MODE: 'off' },
    silent: true,
  });
  const ended = once(child, 'exit').then(() => rm(directory, { recursive: true, force: true }));
  const { promise: ready, resolve } = Promise.withResolvers<boolean>();
  const lastWords = listen(child, writeLog, () => resolve(true));
  const isReady = await Promise.race([ready, ended.then(() => false)]);
  if (!isReady) throw new Error(`serverless offline did not start:\n${lastWords()}`);
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { invoke: createInvoke(socketPath), ended, close };
}
