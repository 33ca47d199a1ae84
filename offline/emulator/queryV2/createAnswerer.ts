import type { Action } from './createActions.ts';
import type { QueryCall } from './readCall.ts';
import { Refusal, refuse } from './refusal.ts';

/** The flat JSON object of the vendor; `code` 0 stands for success. */
export interface QueryReply {
  readonly code: number;
  readonly message: string;
  readonly codeDesc: string;
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly reply: QueryReply;
  readonly moduleCode: number | undefined;
}

function toAnswer(error: unknown): Answer {
  const refusal = error instanceof Refusal ? error : refuse(6000, '服务器内部错误');
  const { code, codeDesc, message, moduleCode } = refusal;
  return { reply: { code, message, codeDesc }, moduleCode };
}

/**
 * The whole API without HTTP: a call goes past the gatekeeper to its action. Never rejects: a refusal is a
 * reply like any other, and a fault of the emulator itself is the vendor's 6000.
 */
export function createAnswerer(admit: (call: QueryCall) => void, actions: ReadonlyMap<string, Action>) {
  return async (call: QueryCall): Promise<Answer> => {
    try {
      admit(call);
      const action = actions.get(call.params.get('Action') ?? '');
      if (action === undefined) throw refuse(6100, '接口不存在');
      const fields = await action(call.params);
      return { reply: { code: 0, message: '', codeDesc: 'Success', ...fields }, moduleCode: undefined };
    } catch (error) {
      return toAnswer(error);
    }
  };
}
