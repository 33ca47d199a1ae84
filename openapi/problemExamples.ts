import { AppError, problemCodes, type ProblemCode } from '../lib/errors.ts';
import { problemKinds } from '../lib/problemKinds.ts';
import { toProblemAnswer } from '../lib/http/problemDetails.ts';
import { EXAMPLE } from './examples.ts';
import { problemTexts } from './problems.ts';
import type { Json } from './schemas.ts';

/** The problem of a code as a client could get it, made by what makes the answers themselves. */
export function exampleOf(code: ProblemCode): Json {
  const { detail, options, path = EXAMPLE.taskPath } = problemTexts[code].example ?? {};
  return toProblemAnswer(new AppError(code, detail, options), { id: EXAMPLE.requestId, path }).body as Json; // of a problem
}

/** `components.examples`: each problem code once. */
export function buildProblemExamples(): Record<string, Json> {
  return Object.fromEntries(problemCodes.map((code) => [code, { summary: problemKinds[code].title, value: exampleOf(code) }]));
}
