import type fc from 'fast-check';
import type { Environment, Variables } from '../../lib/environment.ts';
import type { ProblemCode } from '../../lib/errors.ts';
import type { ProxiedRequest } from './faultProxy.ts';
import type { RecordedRequest, ScriptedAnswer } from './scriptedUpstream.ts';

export interface TestDevice {
  readonly deviceName: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** One of the vendor's APIs, as the suites that hold for all of them need to know it. */
export interface TestVendorApi {
  readonly name: Variables['IOTCLOUD_API'];
  /** As the emulator and the fault proxy name them. */
  readonly actions: { readonly status: string; readonly results: string; readonly creation: string };
  /** What the emulator notes of a call that succeeds, and of one whose timestamp it refuses. */
  readonly codes: { readonly success: number | string; readonly clockRefused: number | string };
  /** The session token a call is signed with. */
  readonly tokenOf: (request: RecordedRequest) => string | undefined;
  /** The first of the names that a creation asks for. */
  readonly firstNameOf: (creation: ProxiedRequest) => string;
  /** What makes the service call this API there. @param origin without a path */
  readonly configure: (origin: string) => Environment;
  readonly answers: {
    /** To a creation, and to a question for the status. */
    readonly running: (taskId: string) => ScriptedAnswer;
    /** To both questions of a read. */
    readonly completed: (devices: readonly TestDevice[]) => ScriptedAnswer;
    readonly refusedToken: ScriptedAnswer;
  };
  /** The contract's table of errors, on a creation. */
  readonly refusals: {
    readonly refuse: (code: number | string) => ScriptedAnswer;
    /** Codes that say that nothing was done, and the problem each of them is. */
    readonly definite: readonly (readonly [code: number | string, problem: ProblemCode])[];
    readonly inconclusive: readonly (number | string)[];
    /** Answers with codes the table does not name. */
    readonly unnamed: fc.Arbitrary<ScriptedAnswer>;
  };
}

/** Codes by the problem each of them is, as pairs. */
export function listCodes<C extends number | string>(byProblem: Partial<Record<ProblemCode, readonly C[]>>): (readonly [C, ProblemCode])[] {
  const problems = Object.entries(byProblem) as [ProblemCode, readonly C[]][]; // the keys of a record
  return problems.flatMap(([problem, codes]) => codes.map((code) => [code, problem] as const));
}

/** A refusal that means this problem, on a task as on a creation. */
export function refuseWith({ refusals }: TestVendorApi, problem: ProblemCode): ScriptedAnswer {
  const found = refusals.definite.find((entry) => entry[1] === problem);
  if (found === undefined) throw new Error(`no refusal means ${problem}`);
  return refusals.refuse(found[0]);
}
