import { randomUUID } from 'node:crypto';
import type { CallRules } from '../callRules.ts';
import type { EmulatedCall } from '../createCallLog.ts';
import type { Register } from '../register/createRegister.ts';
import { LOST_ANSWER, type EmulatedApi, type ReceivedRequest } from '../startServer.ts';
import { createActions, type Action, type Params } from './createActions.ts';
import { createGatekeeper } from './createGatekeeper.ts';
import { Refusal } from './refusal.ts';

function readParams({ headers, body }: ReceivedRequest): Params {
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
    throw new Refusal('InvalidRequest', 'The content type must be application/json.');
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The same as a body that is no object.
  }
  throw new Refusal('InvalidRequest', 'The body must be a JSON object.');
}

function checkNames(params: Params, { parameters }: Action): void {
  const unknown = Object.keys(params).find((name) => !parameters.includes(name));
  if (unknown !== undefined) throw new Refusal('UnknownParameter', `The parameter ${unknown} is not known.`);
  const missing = parameters.find((name) => params[name] === undefined);
  if (missing !== undefined) throw new Refusal('MissingParameter', `The parameter ${missing} is missing.`);
}

/** The fields of an answer, or its `Error`: a fault of the emulator itself is the vendor's `InternalError`. */
async function answerCall(work: () => Promise<Record<string, unknown>>): Promise<Record<string, unknown>> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error instanceof Refusal ? error : new Refusal('InternalError', 'Internal error.');
    return { Error: { Code: code, Message: message } };
  }
}

function codeOf(fields: Record<string, unknown>): string {
  const error = fields['Error'];
  return typeof error === 'object' && error !== null ? String(Reflect.get(error, 'Code')) : '';
}

/**
 * The vendor's API 3.0 (`iotcloud`, 2018-06-14) over the register. Every answer is HTTP 200, refusals too.
 * Source: tencent-api-3.md.
 */
export function createApi3(
  register: Register,
  rules: Omit<CallRules, 'isKnownAction'>,
  record: (call: EmulatedCall) => void,
  isAnswerLost: (action: string) => boolean,
): EmulatedApi {
  const actions = createActions(register);
  const admit = createGatekeeper({ ...rules, isKnownAction: (action) => actions.has(action) });
  return {
    path: '/',
    methods: ['POST'],
    respond: async (request) => {
      register.tasks.catchUp();
      const name = String(request.headers['x-tc-action'] ?? '');
      let params: Params = {};
      const fields = await answerCall(async () => {
        admit(request);
        params = readParams(request);
        const action = actions.get(name);
        if (action === undefined) throw new Refusal('InvalidAction', 'There is no such action.');
        checkNames(params, action);
        return action.answer(params);
      });
      record({ action: name, httpMethod: 'POST', code: codeOf(fields), params });
      if (isAnswerLost(name)) return LOST_ANSWER;
      return { Response: { ...fields, RequestId: randomUUID() } };
    },
  };
}
