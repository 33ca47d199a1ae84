import type { DeviceError } from './deviceTasks/device.ts';
import { problemKinds, type ProblemKind } from './problemKinds.ts';

export type ProblemCode = keyof typeof problemKinds;

export const problemCodes = Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]]; // keys of a literal

export function problemKindOf(code: ProblemCode): ProblemKind {
  return problemKinds[code];
}

/** One fault of the input: where it is, and what is wrong there. */
export interface InputFault {
  readonly in: 'query' | 'path' | 'header' | 'body';
  /** Parameter or header name. */
  readonly name?: string;
  /** RFC 6901 JSON pointer into the body. */
  readonly pointer?: string;
  /** Of a CSV body: the physical line on which the record begins, from 1. */
  readonly line?: number;
  readonly detail: string;
}

/** What the vendor refused with; codes, an English name and an id only, never its free text. */
export interface UpstreamRefusal {
  /** The version of the vendor's API that was called. */
  readonly api: string;
  readonly code: number | string;
  readonly moduleCode?: number;
  readonly codeDesc?: string;
  /** The vendor's own name of the call. */
  readonly requestId?: string;
}

export interface AppErrorOptions {
  readonly errors?: readonly InputFault[];
  readonly upstream?: UpstreamRefusal;
  /** Further problem members, e.g. `taskStatus`. */
  readonly members?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** What a creation that is refused for good means for each of its devices; never answered. */
  readonly deviceError?: DeviceError;
  /** For our own logs only; never answered. */
  readonly cause?: unknown;
}

/** The one error type that becomes an answer; `message` is the problem's `detail`, fit for clients. */
export class AppError extends Error {
  readonly code: ProblemCode;
  readonly options: AppErrorOptions;

  constructor(code: ProblemCode, detail: string = problemKinds[code].detail, options: AppErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.options = options;
  }
}
