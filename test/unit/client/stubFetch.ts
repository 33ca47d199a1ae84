import { createClient, type ClientOptions } from '../../../client/src/index.ts';

export interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

export type Step = Response | Error | ((sent: Sent) => Response | Promise<Response>);

const jsonResponse = (type: string) => (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': type, ...headers } });

export const reply = jsonResponse('application/json');

/** A problem as the service answers it. */
export function problem(status: number, code: string, retryable: boolean, headers: Record<string, string> = {}): Response {
  const body = { type: `urn:iotcloud-rest:problem:${code}`, title: 'Title.', status, detail: 'Detail.', instance: '/', code, requestId: 'r', retryable };
  return jsonResponse('application/problem+json')(status, body, { 'x-request-id': 'r', ...headers });
}

/** The gateway's own form. */
export const gateway = (status: number) => reply(status, { message: 'From the gateway' }, { 'apigw-requestid': 'g' });

/** A client whose `fetch` follows a script and whose waits are recorded, not waited. */
export function scriptClient(script: readonly Step[], options: Partial<ClientOptions> = {}) {
  const steps = [...script];
  const sent: Sent[] = [];
  const waitsMs: number[] = [];
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    if (typeof input !== 'string') throw new TypeError('the client asks for texts alone');
    const request: Sent = {
      url: input,
      method: init.method ?? 'GET',
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? init.body : undefined,
    };
    sent.push(request);
    init.signal?.throwIfAborted();
    const step = steps.shift();
    if (step === undefined) throw new Error('the script is over');
    if (step instanceof Error) throw step;
    return typeof step === 'function' ? step(request) : step;
  };
  const client = createClient({
    baseUrl: 'https://api.test/base/',
    token: 'secret-token',
    fetch,
    sleep: async (ms) => void waitsMs.push(ms),
    ...options,
  });
  return { client, sent, waitsMs };
}
