/** A refused call: the common code, and the module code if the module itself refused. */
export class Refusal extends Error {
  readonly code: number;
  readonly codeDesc: string;
  readonly moduleCode: number | undefined;

  constructor(reply: { readonly code: number; readonly codeDesc: string; readonly message: string; readonly moduleCode?: number }) {
    super(reply.message);
    this.name = 'Refusal';
    this.code = reply.code;
    this.codeDesc = reply.codeDesc;
    this.moduleCode = reply.moduleCode;
  }
}

const COMMON_NAMES = {
  4000: 'InvalidParameter',
  4100: 'AuthFailure',
  4104: 'SecretIdNotFound',
  4105: 'TokenFailure',
  4500: 'ReplayAttack',
  6000: 'InternalError',
  6100: 'ActionNotFound',
} as const;

// The vendor publishes no pairing of common and module codes: each module code gets the common code that fits
// its meaning. 2013 is in no documented table: v2 does not document the code of an unfinished task.
const MODULE_ERRORS = {
  2002: { code: 4000, codeDesc: 'DuplicateDeviceName', text: '请求中的设备名重复' },
  2006: { code: 5000, codeDesc: 'TaskNotExist', text: '任务不存在' },
  2008: { code: 5000, codeDesc: 'ProductNotExist', text: '产品不存在' },
  2012: { code: 4000, codeDesc: 'TaskNotMatch', text: '用户或产品不匹配任务ID' },
  2013: { code: 5100, codeDesc: 'TaskNotFinished', text: '任务未完成' },
  2101: { code: 4000, codeDesc: 'InvalidParameter', text: '请求参数非法' },
} as const;

export const MODULE_CODES = {
  duplicateName: 2002,
  taskNotFound: 2006,
  productNotFound: 2008,
  taskMismatch: 2012,
  taskNotFinished: 2013,
  illegalParameter: 2101,
} as const;

/** The refusal with a common code; `message` is the bare text. */
export function refuse(code: keyof typeof COMMON_NAMES, message: string): Refusal {
  return new Refusal({ code, codeDesc: COMMON_NAMES[code], message });
}

/** The refusal of the module: a common code, and `（2006）text`, in the full-width brackets the vendor documents. */
export function refuseByModule(moduleCode: keyof typeof MODULE_ERRORS): Refusal {
  const { code, codeDesc, text } = MODULE_ERRORS[moduleCode];
  return new Refusal({ code, codeDesc, message: `（${moduleCode}）${text}`, moduleCode });
}
