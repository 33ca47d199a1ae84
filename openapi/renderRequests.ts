import type { ApiFunction } from '../lib/functions/apiFunction.ts';
import { functions, type FunctionName } from '../lib/functions/functions.ts';
import { EXAMPLE, examples, functionExamples } from './examples.ts';

const PARAMETER = /\{(\w+)\}/g;

const all: readonly ApiFunction[] = Object.values(functions);

/** Names in the paths, each with the value of the sample task. @throws if there is no such value */
function renderVariables(): string[] {
  const names = new Set(all.flatMap(({ template }) => Array.from(template.matchAll(PARAMETER), ([, name = '']) => name)));
  const values: Readonly<Record<string, string>> = EXAMPLE;
  return [...names].map((name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${name} has no value in openapi/examples.ts`);
    return `@${name} = ${value}`;
  });
}

function renderRequest({ name, methods, template, scopes, query, body, takesIdempotencyKey, text }: ApiFunction): string {
  const example = functionExamples[name as FunctionName]?.body; // a function's name is its key in the list
  const taken = Object.keys(query.def.shape);
  return [
    `### ${text.summary}${scopes.length === 0 ? '' : ` (${scopes.join(' ')})`}`,
    `# @name ${name}`,
    ...(taken.length === 0 ? [] : [`# may be followed by ?${taken.map((parameter) => `${parameter}=`).join('&')}`]),
    `${methods[0]} {{baseUrl}}${template.replaceAll(PARAMETER, '{{$1}}')}`,
    ...(scopes.length === 0 ? [] : ['Authorization: Bearer {{token}}']),
    ...(takesIdempotencyKey === true ? ['Idempotency-Key: {{$guid}}'] : []),
    ...(body === undefined || example === undefined ? [] : ['Content-Type: application/json', '', JSON.stringify(examples[example].value, null, 2)]),
    '',
  ].join('\n');
}

/** The text of `docs/requests.http`: every function, to be sent from an editor. */
export function renderRequests(): string {
  return `# Every operation of the API, for editors that send \`.http\` files (VS Code's REST Client, JetBrains, kulala.nvim).
# Written by \`npm run openapi\` out of the list of functions; a test fails if it is stale.
# Start the offline stage with \`npm start\`; paste a token of
#   npm run --silent token -- --scope "devices:read devices:write devices:credentials"

@baseUrl = http://localhost:3000
@token = paste-a-token-here
${renderVariables().join('\n')}

${all.map(renderRequest).join('\n')}`;
}
