/** How many requests a second a stage takes, and how many in a burst; creations count among them. */
export interface StageRates {
  readonly stage: string;
  readonly rate: number;
  readonly burst: number;
  readonly createRate: number;
  readonly createBurst: number;
}

const describeRates = ({ stage, rate, burst, createRate, createBurst }: StageRates) =>
  `| ${stage} | ${rate} (${burst}) | ${createRate} (${createBurst}) |`;

/** The head of the document. @param rates as `serverless.yml` has them */
export const buildInfo = (rates: readonly StageRates[]) => ({
  title: 'iotcloud-rest',
  summary: "REST and JSON in front of Tencent Cloud's IoT APIs.",
  description: [
    'Create a batch of devices, follow it, read the results and the keys:',
    '',
    '1. `POST /v1/products/{productId}/device-tasks` names the devices and answers with a task.',
    '2. `GET` the task at `Location` until it is `completed`, waiting `Retry-After` in between.',
    '3. `GET …/devices` page by page, or one of them by its name, with `include=credentials` if the keys are wanted.',
    '',
    'Should the id of a task be lost: `GET /v1/products/{productId}/device-tasks` lists what was created, newest first.',
    '',
    'Every call but those under *Service* needs a bearer token (JWT). Its scopes decide what it may do; a claim `products` limits it to these products.',
    '',
    '**Requests are read strictly.** An unknown or repeated parameter, an unknown member or a bad number is a 400 that names it.',
    '',
    '**Errors** are RFC 9457 problem details: switch on `code`, quote `requestId`. Some 401, 403, 413, 429 and 5xx come from the gateway before the service, as `{"message"}`: map these by their status.',
    '',
    '**Completed results are stored.** `Cache-Status` says where an answer came from; with `ETag` and `If-None-Match` it is not sent twice.',
    '',
    '**Rates.** A stage takes this many requests a second from all callers together, with a burst in brackets. The gateway answers the others with 429, without `Retry-After`: ' +
      'retry with exponential back-off and jitter, starting at a second, and send a creation again with the same `Idempotency-Key`.',
    '',
    '| stage | requests a second (burst) | creations a second (burst) |',
    '|---|---|---|',
    ...rates.map(describeRates),
    '',
    'Every answer of the service carries `X-Request-Id`, `Strict-Transport-Security`, `X-Content-Type-Options`, `Referrer-Policy` and `Content-Security-Policy`.',
  ].join('\n'),
  contact: { name: 'Whoever runs the stage; give them the requestId of the problem.' },
  license: { name: 'MIT', identifier: 'MIT' },
});

export const tags = [
  { name: 'Device tasks', description: 'Up to 100 devices: create, follow, read.' },
  { name: 'Device batches', description: 'Up to 10,000 devices as one resource: create, follow, cancel, retry.' },
  { name: 'Service', description: 'About the service itself; no token needed.' },
];

export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'Scopes (claim `scope` or `scp`): `devices:write` creates, `devices:read` follows and reads, ' +
      '`devices:credentials` reads private keys and pre-shared keys as well.',
  },
};
