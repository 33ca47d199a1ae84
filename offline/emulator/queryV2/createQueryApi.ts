import type { CallRules } from '../callRules.ts';
import type { EmulatedCall } from '../createCallLog.ts';
import type { Register } from '../register/createRegister.ts';
import { LOST_ANSWER, type EmulatedApi } from '../startServer.ts';
import { createActions } from './createActions.ts';
import { createAnswerer, type Answer } from './createAnswerer.ts';
import { createGatekeeper } from './createGatekeeper.ts';
import { readCall, type QueryCall } from './readCall.ts';

/** Without the key's public half and the signature. */
function describeCall({ httpMethod, params }: QueryCall, { reply: { code }, moduleCode }: Answer): EmulatedCall {
  const { Signature: _signature, SecretId: _secretId, ...rest } = Object.fromEntries(params);
  const action = params.get('Action') ?? '';
  return { action, httpMethod, code, ...(moduleCode === undefined ? {} : { moduleCode }), params: rest };
}

/**
 * The vendor's query API (v2) over the register. Every answer is HTTP 200 with one flat JSON object, refusals too.
 * Source: legacy-api.md, with what it leaves open decided in `refusal.ts`, `createGatekeeper.ts`, `createActions.ts`.
 */
export function createQueryApi(
  register: Register,
  rules: Omit<CallRules, 'isKnownAction'>,
  record: (call: EmulatedCall) => void,
  isAnswerLost: (action: string) => boolean,
): EmulatedApi {
  const actions = createActions(register);
  const answer = createAnswerer(createGatekeeper({ ...rules, isKnownAction: (action) => actions.has(action) }), actions);
  return {
    path: '/v2/index.php',
    methods: ['GET', 'POST'],
    respond: async (request) => {
      register.tasks.catchUp();
      const call = readCall(request);
      const answered = await answer(call);
      record(describeCall(call, answered));
      if (isAnswerLost(call.params.get('Action') ?? '')) return LOST_ANSWER;
      return answered.reply;
    },
  };
}
