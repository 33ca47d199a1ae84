import { deviceErrorMessages } from '../lib/deviceTasks/device.ts';
import { problemCodes } from '../lib/errors.ts';
import { problemKinds } from '../lib/problemKinds.ts';
import { DEVICE_ERRORS } from '../lib/upstream/toDevice.ts';
import { exampleOf } from './problemExamples.ts';
import { problemTexts } from './problems.ts';

const row = (...cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;

function problemRows(): string[] {
  return problemCodes.map((code) => {
    const [{ status, retryable }, { when, whatToDo }] = [problemKinds[code], problemTexts[code]];
    return row(`\`${code}\``, status, retryable ? 'yes' : 'no', when, whatToDo);
  });
}

function deviceRows(): string[] {
  const codes = new Map(Object.entries(DEVICE_ERRORS).map(([vendorCode, code]) => [code, vendorCode]));
  return Object.entries(deviceErrorMessages).map(([code, message]) => {
    const known = [...codes].find(([name]) => name === code)?.[1];
    return row(`\`${code}\``, known ?? (code === 'unknown-failure' ? 'any other' : '–'), message);
  });
}

/** The text of `docs/errors.md`. */
export function renderErrors(): string {
  return `# Errors

Written by \`npm run openapi\` out of \`lib/problemKinds.ts\` and \`openapi/problems.ts\`; a test fails if it is stale.

Every error of the functions is an [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem, \`application/problem+json\`:

\`\`\`json
${JSON.stringify(exampleOf('invalid-request'), null, 2)}
\`\`\`

- Decide by \`code\`; \`title\` and \`detail\` are for people and may change.
- \`retryable\` says whether the very same request can succeed later. If there is a \`Retry-After\`, wait that many seconds.
- \`requestId\` is the answer's \`x-request-id\`, and finds the request in our log.
- \`errors\` names each fault of the input, a hundred at most: \`in\` is \`query\`, \`path\`, \`header\` or \`body\`, with the \`name\`, the JSON \`pointer\` into the body, or the \`line\` of a CSV body.
- \`upstream\` (\`api\`, \`code\`, \`moduleCode\`, \`codeDesc\`) is there if the vendor refused the call; the codes are explained in [legacy-api.md](legacy-api.md).
- Deployed, API Gateway answers some 401, 403, 413, 429 and 5xx itself, as \`application/json\` with a \`message\` and without a \`code\`: go by the status.

## Problem codes

| code | status | retryable | when | what to do |
|---|---|---|---|---|
${problemRows().join('\n')}

## Device codes

A device that could not be created is no problem of the request: it is one of the results, with \`status\` \`failed\` and an \`error\` of its own. \`legacyCode\` is the vendor's code if the failure is the vendor's, \`legacyMessage\` its own text if it sent one.

| code | legacyCode | message |
|---|---|---|
${deviceRows().join('\n')}
`;
}
