import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ApiFunction } from '../../../lib/functions/apiFunction.ts';
import { backgroundFunctions, functions as apiFunctions } from '../../../lib/functions/functions.ts';
import { toEmf } from '../../../lib/metrics.ts';
import { root } from '../../../tools/paths.ts';
import { buildFunctions } from '../../../tools/buildFunctions.ts';
import { packageStage } from '../../../scripts/package.ts';
import { readStageParams, stageNames } from '../../../scripts/stages.ts';
import { readPackage, referencesOf, testPackageDir, unzip, type PackagedStage, type Resource } from '../../support/packagedTemplate.ts';
import { vendorApis } from '../../support/vendorApis.ts';

const STAGES = ['dev', 'staging', 'prod', 'offline'] as const;
const DEPLOYED = ['dev', 'staging', 'prod'] as const;
type Stage = (typeof STAGES)[number];

// What lies about in a developer's environment must not get into a package.
const planted = {
  TENCENTCLOUD_SECRET_ID: `AKID${randomBytes(16).toString('hex')}`,
  TENCENTCLOUD_SECRET_KEY: randomBytes(16).toString('hex'),
  TENCENTCLOUD_TOKEN: randomBytes(16).toString('hex'),
  CREDENTIALS_LOCAL_KEY: randomBytes(32).toString('base64'),
};

const packages = new Map<Stage, PackagedStage>();
const dirs = Object.fromEntries([...STAGES, 'again', 'bundles'].map((name) => [name, testPackageDir(name)])) as Record<Stage | 'again' | 'bundles', string>; // the keys just mapped
const packageOf = (stage: Stage): PackagedStage => {
  const found = packages.get(stage);
  if (found === undefined) throw new Error(`${stage} was not packaged`);
  return found;
};

beforeAll(async () => {
  Object.assign(process.env, planted);
  try {
    await buildFunctions(dirs.bundles);
    const copyBundles = (dist: string) => cp(dirs.bundles, dist, { recursive: true });
    const others = STAGES.map((stage) => packageStage(stage, dirs[stage], copyBundles));
    await Promise.all([...others, packageStage('prod', dirs.again)]);
    for (const stage of STAGES) packages.set(stage, readPackage(dirs[stage]));
  } finally {
    for (const name of Object.keys(planted)) delete process.env[name];
  }
}, 300_000);
afterAll(() => Promise.all(Object.values(dirs).map((dir) => rm(dir, { recursive: true, force: true }))));

interface FunctionProperties {
  Handler: string;
  Runtime: string;
  Architectures: string[];
  TracingConfig?: { Mode: string };
  ReservedConcurrentExecutions?: number;
  Timeout: number;
  MemorySize: number;
  Role: unknown;
  Environment: { Variables: Record<string, unknown> };
}
/** Functions by the name of their handler. */
function functionsOf(pack: PackagedStage): Record<string, FunctionProperties> {
  const functions = pack.ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties as unknown as FunctionProperties);
  return Object.fromEntries(functions.map((properties) => [/^dist\/(\w+)\.handler$/.exec(properties.Handler)?.[1] ?? properties.Handler, properties]));
}
const logicalName = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`;

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}
interface RoleProperties {
  AssumeRolePolicyDocument: unknown;
  ManagedPolicyArns?: unknown;
  Policies: { PolicyDocument: { Statement: Statement[] } }[];
}
function statementsOf(pack: PackagedStage, name: string): Statement[] {
  const role = pack.propertiesOf(`${logicalName(name)}Role`) as unknown as RoleProperties;
  return role.Policies.flatMap((policy) => policy.PolicyDocument.Statement);
}

// X-Ray knows no resources. A stage without tracing lets nobody write to it.
const TRACING = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
const isTraced = (stage: Stage) => stage === 'staging' || stage === 'prod';

/** What functions may reach beside their log: what they may do there at the most, and under what condition. */
const PLACES: Record<string, { resource: unknown; actions: RegExp; condition?: unknown }> = {
  table: { resource: { 'Fn::GetAtt': ['TaskTable', 'Arn'] }, actions: /^dynamodb:(?:(?:BatchGet|BatchWrite|Get|Put|Update|Delete)Item|Query)$/ },
  key: {
    resource: { 'Fn::GetAtt': ['CredentialsKey', 'Arn'] },
    actions: /^kms:(?:GenerateDataKey|Decrypt)$/,
    condition: { StringEquals: { 'kms:EncryptionContext:service': 'iotcloud-rest' } },
  },
  secret: { resource: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:placeholder', actions: /^secretsmanager:GetSecretValue$/ },
  queue: { resource: { 'Fn::GetAtt': ['BatchQueue', 'Arn'] }, actions: /^sqs:(?:SendMessage|ReceiveMessage|DeleteMessage|GetQueueAttributes)$/ },
};
const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const actionsOf = ({ Action }: Statement) => [Action].flat();
const placeOf = (statement: Statement) => Object.keys(PLACES).find((place) => isSame(PLACES[place]?.resource, statement.Resource));

/** What a role reaches, and what it may do there. */
function reachOf(pack: PackagedStage, name: string): { places: Set<string>; actions: Set<string> } {
  const statements = statementsOf(pack, name).filter((statement) => placeOf(statement) !== undefined);
  return { places: new Set(statements.map((statement) => placeOf(statement) ?? '')), actions: new Set(statements.flatMap(actionsOf)) };
}

const isBackground = (name: string) => backgroundFunctions.some((other) => other === name);
const byName: Readonly<Record<string, ApiFunction>> = apiFunctions;
const showsSecrets = (name: string) => Object.hasOwn(byName[name]?.query.def.shape ?? {}, 'include');
/** Who shows results fetches anew what the table has lost, a batch's too. */
const callsVendor = (name: string) => name === RUNS_STEPS || showsSecrets(name) || (byName[name]?.problems.includes('upstream-auth-failed') ?? false);

/** The one function that calls the vendor without anybody waiting. */
const RUNS_STEPS = 'runDeviceBatches';
/** The SDK's client of each place, which a function imports when it first needs it; of the table there is none. */
const CLIENTS: Readonly<Record<string, string>> = { key: 'kmsSdk', secret: 'secretsManagerSdk', queue: 'sqsSdk' };
const secondBundlesOf = (pack: PackagedStage, name: string) => [
  ...[...reachOf(pack, name).places].flatMap((place) => CLIENTS[place] ?? []),
  ...(name === RUNS_STEPS ? ['eventBridgeSdk'] : []),
];
/** The variables that name each place. */
const NAMED_BY: Readonly<Record<string, string>> = { table: 'TASK_TABLE', key: 'CREDENTIALS_KEY_ARN', queue: 'BATCH_QUEUE_URL' };
function variablesOf(pack: PackagedStage, name: string): string[] {
  const { places } = reachOf(pack, name);
  if (places.size === 0) return [];
  // No configuration is whole without the vendor's secret, which not every function may read.
  const ofAll = ['IOTCLOUD_ACCOUNT', 'TENCENTCLOUD_SECRET_ARN', ...(isBackground(name) ? [] : ['PRODUCTS_CLAIM'])];
  return [...ofAll, ...[...places].flatMap((place) => NAMED_BY[place] ?? []), ...(name === RUNS_STEPS ? ['BATCH_CALLS_PER_S', 'EVENT_BUS'] : [])];
}

const SMALL_VARIABLES = ['IOTCLOUD_API', 'LOG_LEVEL', 'NODE_OPTIONS', 'STAGE'];

interface RouteProperties {
  RouteKey: string;
  Target: unknown;
  AuthorizationType?: string;
  AuthorizerId?: unknown;
  AuthorizationScopes?: string[];
}
const routesOf = (pack: PackagedStage) =>
  pack.ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties as unknown as RouteProperties);

/** A text with its references replaced: what CloudFormation makes of `Fn::Sub`. */
const substitute = (text: string) => text.replaceAll(/\$\{([\w:.]+)\}/g, '<$1>');

it('packages every stage that serverless.yml names', async () => {
  expect(stageNames(await readStageParams())).toEqual([...STAGES]);
});

it('packages the same bytes twice', () => {
  const filesOf = (dir: string) => readdirSync(dir).toSorted();
  expect(filesOf(dirs.again)).toEqual(filesOf(dirs.prod));
  const changed = filesOf(dirs.prod).filter((name) => !readFileSync(join(dirs.again, name)).equals(readFileSync(join(dirs.prod, name))));
  expect(changed).toEqual([]);
});

it('names its sources by where they stand in the repository, and so packages the same bytes anywhere', () => {
  const pack = packageOf('prod');
  const sources = pack.zips.flatMap(({ name }) => {
    const maps = [...unzip(join(pack.dir, name))].filter(([path]) => path.endsWith('.map'));
    return maps.flatMap(([, text]) => (JSON.parse(String(text)) as { sources: string[] }).sources); // esbuild's own
  });
  expect(sources).toEqual(expect.arrayContaining(['../lib/http/createHandler.ts', '../lib/store/kmsSdk.ts']));
  expect(sources.filter((source) => !source.startsWith('../') || source.includes(root))).toEqual([]);
});

describe.each(STAGES)('stage %s', (stage) => {
  it('holds no secret of the environment it was packaged in, neither in the template nor in a zip', () => {
    const pack = packageOf(stage);
    const texts = readdirSync(pack.dir).flatMap((name) => {
      const path = join(pack.dir, name);
      return name.endsWith('.zip') ? [...unzip(path).values()].map(String) : [readFileSync(path, 'utf8')];
    });
    expect(texts.length).toBeGreaterThan(pack.zips.length);
    for (const secret of Object.values(planted)) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  });

  it('has a zip a handler, each with its bundle, what that reads or imports on first use, and no more, below 1.5 MB', () => {
    const pack = packageOf(stage);
    const names = Object.keys(functionsOf(pack));
    const handlers = readdirSync('handlers').map((name) => name.replace('.ts', ''));
    expect(names.toSorted()).toEqual(handlers.toSorted());
    expect(pack.zips.map((zip) => zip.name).toSorted()).toEqual(handlers.map((name) => `${name}.zip`).toSorted());
    for (const { name } of pack.zips) {
      const base = name.replace('.zip', '');
      const files = [...unzip(join(pack.dir, name)).keys()];
      const bundles = [base, ...secondBundlesOf(pack, base)].flatMap((bundle) => [`dist/${bundle}.js`, `dist/${bundle}.js.map`]);
      const page = base === 'getDocs' ? ['dist/docsPage.html.br', 'dist/docsPage.html.gzip', 'dist/docsPage.json'] : [];
      expect(files.toSorted()).toEqual([...bundles, ...page, 'dist/package.json'].toSorted());
    }
    expect(pack.zips.filter(({ bytes }) => bytes >= 1.5 * 1024 * 1024)).toEqual([]);
  });

  it('has the routes of lib/functions and the fallback, each with its own function', () => {
    const wanted = Object.values(apiFunctions).flatMap(({ name, methods, template }) => methods.map((method) => `${method} ${template} → ${name}`));
    const pack = packageOf(stage);
    const found = routesOf(pack).map(({ RouteKey, Target }) => {
      const [integration = ''] = referencesOf(Target);
      const [target = ''] = referencesOf(pack.propertiesOf(integration)['IntegrationUri']);
      const { Handler } = pack.propertiesOf(target);
      return `${RouteKey} → ${/\w+(?=\.handler)/.exec(String(Handler))?.[0]}`;
    });
    expect(found.toSorted()).toEqual([...wanted, '$default → fallback'].toSorted());
  });

  it('asks on every route for the scopes of lib/functions, and for none if there are none', () => {
    const pack = packageOf(stage);
    const scopes: Record<string, readonly string[]> = Object.fromEntries(
      Object.values(apiFunctions).flatMap(({ methods, template, scopes: wanted }) => methods.map((method) => [`${method} ${template}`, wanted])),
    );
    for (const route of routesOf(pack)) {
      const wanted = scopes[route.RouteKey] ?? [];
      const authorization = { AuthorizationType: route.AuthorizationType, AuthorizerId: route.AuthorizerId, AuthorizationScopes: route.AuthorizationScopes };
      expect([route.RouteKey, authorization]).toEqual([
        route.RouteKey,
        wanted.length === 0
          ? { AuthorizationType: undefined, AuthorizerId: undefined, AuthorizationScopes: undefined }
          : { AuthorizationType: 'JWT', AuthorizerId: { Ref: 'HttpApiAuthorizerCallers' }, AuthorizationScopes: wanted },
      ]);
    }
  });
});

describe.each(DEPLOYED)('stage %s', (stage) => {
  it('keeps the table encrypted, recoverable, on demand and with a time to live; in prod it cannot be deleted', () => {
    const { DeletionPolicy, UpdateReplacePolicy, Properties = {} } = packageOf(stage).resources['TaskTable'] ?? {};
    const isProd = stage === 'prod';
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(isProd ? ['Retain', 'Retain'] : ['Delete', 'Delete']);
    expect(Properties).toMatchObject({
      TableName: `iotcloud-rest-tasks-${stage}`,
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: isProd,
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: { 'Fn::GetAtt': ['CredentialsKey', 'Arn'] } },
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
    });
  });

  it('rotates the key and lets nobody use it but the roles that store or read secrets, and DynamoDB for the table', () => {
    const { DeletionPolicy, Properties = {} } = packageOf(stage).resources['CredentialsKey'] ?? {};
    expect(DeletionPolicy).toBe(stage === 'prod' ? 'Retain' : 'Delete');
    expect(Properties).toMatchObject({ EnableKeyRotation: true, PendingWindowInDays: 30 });
    const { Statement: statements } = Properties['KeyPolicy'] as { Statement: (Statement & { Sid: string })[] };
    const usesKey = (action: string) => /^kms:(\*|Decrypt|Encrypt|ReEncrypt|GenerateDataKey|CreateGrant)/.test(action);
    const using = statements.filter((statement) => [statement.Action].flat().some(usesKey));
    expect(using.map(({ Sid }) => Sid)).toEqual(['DataKeysOfStoredCredentials', 'TableThroughDynamoDb']);
    expect(using[0]?.Action).toEqual(['kms:GenerateDataKey', 'kms:Decrypt']);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => !/^kms:[A-Za-z]+$/.test(action))).toEqual([]);
    const keyUsers = Object.keys(functionsOf(packageOf(stage))).filter((name) => reachOf(packageOf(stage), name).places.has('key'));
    expect(keyUsers).toEqual(expect.arrayContaining(['getDeviceResults', RUNS_STEPS]));
    const role = (name: string) => ({
      'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/iotcloud-rest-${stage}-\${AWS::Region}-${name}`,
    });
    expect(using.map(({ Condition }) => Condition)).toEqual([
      {
        ArnEquals: { 'aws:PrincipalArn': keyUsers.map(role) },
        StringEquals: { 'kms:EncryptionContext:service': 'iotcloud-rest' },
      },
      {
        StringEquals: {
          'kms:CallerAccount': { Ref: 'AWS::AccountId' },
          'kms:ViaService': { 'Fn::Sub': 'dynamodb.${AWS::Region}.amazonaws.com' },
        },
      },
    ]);
    for (const name of keyUsers)
      expect(packageOf(stage).propertiesOf(`${logicalName(name)}Role`)['RoleName']).toEqual({
        'Fn::Sub': `iotcloud-rest-${stage}-\${AWS::Region}-${name}`,
      });
  });

  it('gives each function a role of its own, which reaches known places alone, and writes its own log', () => {
    const pack = packageOf(stage);
    const functions = functionsOf(pack);
    for (const [name, { Role }] of Object.entries(functions)) {
      expect(Role).toEqual({ 'Fn::GetAtt': [`${logicalName(name)}Role`, 'Arn'] });
      const [log, ...others] = statementsOf(pack, name);
      expect(log).toEqual({ Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: { 'Fn::GetAtt': [`${logicalName(name)}LogGroup`, 'Arn'] } });
      const isTracing = ({ Resource }: Statement) => Resource === '*';
      expect([name, others.filter(isTracing).flatMap(actionsOf).toSorted()]).toEqual([name, isTraced(stage) ? TRACING : []]);
      for (const statement of others.filter((one) => !isTracing(one))) {
        const { actions = /^$/, condition } = PLACES[placeOf(statement) ?? ''] ?? {};
        expect([name, statement.Effect, statement.Resource, actionsOf(statement).filter((action) => !actions.test(action))]).toEqual([name, 'Allow', expect.anything(), []]);
        expect([name, placeOf(statement) === 'table' ? condition : statement.Condition]).toEqual([name, condition]);
      }
    }
    expect(pack.ofType('AWS::IAM::Role').map(([id]) => id).toSorted()).toEqual(
      Object.keys(functions).map((name) => `${logicalName(name)}Role`).toSorted(),
    );
  });

  it('lets nobody near the vendor, secrets or results who has no need of them', () => {
    const pack = packageOf(stage);
    for (const name of Object.keys(functionsOf(pack))) {
      const { places, actions } = reachOf(pack, name);
      const isPublic = !isBackground(name) && (byName[name]?.scopes ?? []).length === 0;
      expect([name, places.size === 0]).toEqual([name, isPublic]);
      expect([name, places.has('secret')]).toEqual([name, callsVendor(name)]);
      expect([name, actions.has('kms:Decrypt')]).toEqual([name, showsSecrets(name) || name === RUNS_STEPS]); // which opens what it has recovered
      expect([name, actions.has('sqs:ReceiveMessage')]).toEqual([name, name === RUNS_STEPS]);
      // Who stores no results reaches named kinds of items alone, and writes none of theirs.
      const kinds = statementsOf(pack, name).filter((statement) => placeOf(statement) === 'table').map(({ Action, Condition }) => ({ Action, Condition }));
      for (const { Action, Condition } of places.has('key') ? [] : kinds) {
        const { 'ForAllValues:StringLike': named, Null } = Condition as Record<string, Record<string, string[]>>; // as infrastructure/functions.cjs writes it
        const keys = named?.['dynamodb:LeadingKeys'] ?? [];
        expect([name, Null, keys.filter((key) => !/^default#[A-Za-z-]+#\*$/.test(key))]).toEqual([name, { 'dynamodb:LeadingKeys': 'false' }, []]);
        expect([name, keys.length > 0]).toEqual([name, true]);
        expect([name, keys.includes('default#task#*') ? [Action].flat() : []]).toEqual([name, keys.includes('default#task#*') ? ['dynamodb:BatchGetItem'] : []]);
      }
    }
  });

  it('has no wildcard in what a role may do but trace, no managed policy, and no policy beside the roles', () => {
    const pack = packageOf(stage);
    for (const [, { Properties }] of pack.ofType('AWS::IAM::Role')) {
      expect(Properties['ManagedPolicyArns']).toBeUndefined();
      // A condition only narrows; the leading keys it names are prefixes.
      const withoutConditions = JSON.stringify(Properties, (name, value: unknown) => (name === 'Condition' ? undefined : value));
      expect(withoutConditions.split('*').length - 1).toBe(isTraced(stage) ? 1 : 0);
      expect(Properties['AssumeRolePolicyDocument']).toEqual({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      });
    }
    expect(pack.ofType('AWS::IAM::Policy')).toEqual([]);
    expect(pack.ofType('AWS::IAM::ManagedPolicy')).toEqual([]);
  });

  it('tells each function no more than it reads, and never a secret', () => {
    for (const [name, { Environment }] of Object.entries(functionsOf(packageOf(stage)))) {
      const wanted = [...SMALL_VARIABLES, ...variablesOf(packageOf(stage), name)];
      expect([name, Object.keys(Environment.Variables).toSorted()]).toEqual([name, wanted.toSorted()]);
      expect(Environment.Variables).toMatchObject({ STAGE: stage, NODE_OPTIONS: '--enable-source-maps' });
    }
  });

  it('demands the products claim in prod', () => {
    const functions = functionsOf(packageOf(stage));
    const claims = Object.keys(functions).flatMap((name) => functions[name]?.Environment.Variables['PRODUCTS_CLAIM'] ?? []);
    expect(new Set(claims)).toEqual(new Set([stage === 'prod' ? 'required' : 'optional']));
  });

  it('nests the time-outs: attempt < read < function < API Gateway', async () => {
    const { readStoreConfig } = await import('../../../lib/config.ts');
    const { openExchange } = await import('../../../lib/http/exchange.ts');
    const config = readStoreConfig({ TASK_TABLE: 'table' });
    const pack = packageOf(stage);
    const gatewayMs = new Set(pack.ofType('AWS::ApiGatewayV2::Integration').map(([, { Properties }]) => Properties['TimeoutInMillis']));
    expect([...gatewayMs]).toEqual([30_000]);
    for (const [name, { Timeout }] of Object.entries(functionsOf(pack))) {
      expect([name, isBackground(name) || Timeout * 1000 < 30_000]).toEqual([name, true]);
      if (reachOf(pack, name).places.size === 0) continue;
      const request = { remainingMs: Timeout * 1000, headers: new Headers() } as unknown as Parameters<typeof openExchange>[0]; // all that is read of it here
      const readMs = openExchange(request, name, 0).context.deadlineMs;
      expect(config.upstream.timeoutMs * 3).toBeLessThan(readMs);
      // A store that hangs at the end of a read costs 1.5 s more, and the answer has to be written.
      expect(readMs + 2000).toBeLessThan(Timeout * 1000);
    }
  });

  it('runs on arm64 and Node 24, traced if the stage says so, with no concurrency reserved', () => {
    const tracing = isTraced(stage) ? { Mode: 'Active' } : undefined;
    for (const { Runtime, Architectures, TracingConfig, ReservedConcurrentExecutions } of Object.values(functionsOf(packageOf(stage))))
      expect([Runtime, Architectures, TracingConfig, ReservedConcurrentExecutions]).toEqual(['nodejs24.x', ['arm64'], tracing, undefined]);
  });

  it('hands messages over a few at a time, to a limited number of copies, and takes back those alone that failed', () => {
    const pack = packageOf(stage);
    const [[, mapping] = [], ...others] = pack.ofType('AWS::Lambda::EventSourceMapping');
    expect([mapping?.Properties, others]).toEqual([
      {
        BatchSize: 5,
        Enabled: true,
        EventSourceArn: { 'Fn::GetAtt': ['BatchQueue', 'Arn'] },
        FunctionName: { 'Fn::GetAtt': ['RunDeviceBatchesLambdaFunction', 'Arn'] },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 5 },
      },
      [],
    ]);
    expect(functionsOf(pack)['runDeviceBatches']?.Environment.Variables).toMatchObject({ BATCH_CALLS_PER_S: '4', EVENT_BUS: '' });
  });

  it('keeps a message from others for six times what its function may take, and its dead letters for as long as SQS can', () => {
    const pack = packageOf(stage);
    const { VisibilityTimeout, RedrivePolicy, ...queue } = pack.propertiesOf('BatchQueue');
    expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * (functionsOf(pack)['runDeviceBatches']?.Timeout ?? Infinity));
    expect(RedrivePolicy).toEqual({ deadLetterTargetArn: { 'Fn::GetAtt': ['BatchDeadLetterQueue', 'Arn'] }, maxReceiveCount: 10 });
    for (const kept of [queue, pack.propertiesOf('BatchDeadLetterQueue')])
      expect(kept).toMatchObject({ MessageRetentionPeriod: 14 * 24 * 3600, SqsManagedSseEnabled: true });
  });

  it('sweeps every five minutes', () => {
    const rules = packageOf(stage).ofType('AWS::Events::Rule').map(([, { Properties }]) => Properties);
    expect(rules).toMatchObject([{ ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED', Targets: [{ Arn: { 'Fn::GetAtt': ['SweepDeviceBatchesLambdaFunction', 'Arn'] } }] }]);
  });

  it('keeps every log for the time the stage says', () => {
    const pack = packageOf(stage);
    const groups = pack.ofType('AWS::Logs::LogGroup');
    expect(groups).toHaveLength(Object.keys(functionsOf(pack)).length + 1);
    const days = { dev: 14, staging: 30, prod: 365 }[stage];
    for (const [id, { Properties }] of groups) expect([id, Properties['RetentionInDays']]).toEqual([id, days]);
  });

  it('writes access logs as JSON, throttles, and creations and the reference page more tightly', () => {
    const { AccessLogSettings, DefaultRouteSettings, RouteSettings } = packageOf(stage).propertiesOf('HttpApiStage');
    const { Format } = AccessLogSettings as { Format: string };
    const line = JSON.parse(Format) as Record<string, string>;
    expect(Object.keys(line)).toEqual(expect.arrayContaining(['requestId', 'route', 'status', 'latencyMs']));
    expect(Object.values(line).filter((value) => !/^\$context\.[\w.]+$/.test(value))).toEqual([]);
    const all = DefaultRouteSettings as { ThrottlingRateLimit: number; ThrottlingBurstLimit: number };
    const byRoute = RouteSettings as Record<string, typeof all>;
    for (const route of ['POST /v1/products/{productId}/device-tasks', 'GET /docs', 'HEAD /docs']) {
      expect(byRoute[route]?.ThrottlingRateLimit).toBeLessThan(all.ThrottlingRateLimit / 5);
      expect(byRoute[route]?.ThrottlingBurstLimit).toBeLessThan(all.ThrottlingBurstLimit / 2);
    }
    expect(Object.keys(RouteSettings as object).filter((key) => !routesOf(packageOf(stage)).some(({ RouteKey }) => RouteKey === key))).toEqual([]);
  });

  it('verifies tokens of this stage only, and has no CORS without origins', () => {
    const pack = packageOf(stage);
    expect(pack.propertiesOf('HttpApiAuthorizerCallers')).toMatchObject({
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Audience: [`iotcloud-rest-${stage}`], Issuer: expect.stringMatching(/^https:/) },
    });
    expect(pack.propertiesOf('HttpApi')['CorsConfiguration']).toBeUndefined();
  });

  it('refers only to resources there are', () => {
    const { resources } = packageOf(stage);
    const isKnown = (id: string) => id in resources || id.startsWith('AWS::');
    const substituted = [...JSON.stringify(resources).matchAll(/\$\{([A-Za-z]+)(?:\.[A-Za-z]+)?\}/g)].map(([, id = '']) => id);
    expect([...referencesOf(resources), ...substituted].filter((id) => !isKnown(id))).toEqual([]);
  });
});

describe.each(DEPLOYED)('what wakes somebody on stage %s', (stage) => {
  const alarmsOf = () => packageOf(stage).ofType('AWS::CloudWatch::Alarm');

  it('is an alarm with an action, silent without data, and a runbook entry', () => {
    const [, runbook = ''] = /^## Alarms$([^]*?)^## /m.exec(readFileSync('docs/operations.md', 'utf8')) ?? [];
    const entries = runbook.split(/^### /m).slice(1).map((entry) => entry.split('\n'));
    const nameOf = ({ AlarmName }: Resource['Properties']) => String(AlarmName).replace(`iotcloud-rest-${stage}-`, '');
    expect(alarmsOf().length).toBeGreaterThanOrEqual(6);
    expect(entries.map(([name = '']) => name).toSorted()).toEqual(alarmsOf().map(([, { Properties }]) => nameOf(Properties)).toSorted());
    expect(entries.filter(([, ...text]) => text.join('').trim() === '')).toEqual([]);
    for (const [, { Properties }] of alarmsOf()) {
      expect(Properties).toMatchObject({ TreatMissingData: 'notBreaching', AlarmActions: [expect.stringMatching(/^arn:aws:sns:/)] });
      expect(Properties['ActionsEnabled']).toBeUndefined();
      expect(Properties['AlarmDescription']).toContain(`docs/operations.md, "${nameOf(Properties)}"`);
    }
  });

  it('covers the vendor, errors, latency, throttles, KMS and the reading of credentials', () => {
    const metricsOf = (properties: unknown) => [...JSON.stringify(properties).matchAll(/"MetricName":"(\w+)"/g)].map(([, name]) => name);
    const metrics = Object.fromEntries(alarmsOf().map(([id, { Properties }]) => [id, metricsOf(Properties)]));
    expect(metrics).toEqual({
      VendorKeyRefusedAlarm: ['VendorAuthFailed'],
      VendorDownAlarm: ['VendorUnavailable', 'VendorTimeout', 'VendorMalformed'],
      VendorRateLimitedAlarm: ['VendorRateLimited'],
      InconsistentResultsAlarm: ['InconsistentResults'],
      InternalErrorAlarm: ['InternalError'],
      KmsFailureAlarm: ['KmsFailure'],
      CacheFaultAlarm: ['CacheFault'],
      StoredMismatchAlarm: ['StoredMismatch'],
      CredentialsReadUnusualAlarm: ['CredentialsRead'],
      ServerErrorRateAlarm: ['5xx', 'Count'],
      LatencyP99Alarm: ['Latency'],
      BatchDeadLettersAlarm: ['ApproximateNumberOfMessagesVisible'],
      BatchOldAlarm: ['OldestBatchAge'],
      BatchFaultAlarm: ['BatchFault'],
      FunctionErrorsAlarm: Object.keys(functionsOf(packageOf(stage))).map(() => 'Errors'),
      FunctionThrottlesAlarm: Object.keys(functionsOf(packageOf(stage))).filter((name) => reachOf(packageOf(stage), name).places.size > 0).map(() => 'Throttles'),
      TableThrottlesAlarm: ['ReadThrottleEvents', 'WriteThrottleEvents'],
    });
  });

  it('rings at the first result that contradicts itself, and at the first that was changed', () => {
    for (const id of ['InconsistentResultsAlarm', 'StoredMismatchAlarm'])
      expect(packageOf(stage).propertiesOf(id)).toMatchObject({
        Statistic: 'Sum',
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      });
  });

  it('watches metrics of this stage alone', () => {
    for (const [, { Properties }] of alarmsOf()) {
      const text = JSON.stringify(Properties);
      const ours = text.match(/"Namespace":"IotcloudRest"/g)?.length ?? 0;
      expect(text.split(`"Dimensions":[{"Name":"service","Value":"iotcloud-rest"},{"Name":"stage","Value":"${stage}"}]`)).toHaveLength(ours + 1);
    }
  });

  it('watches and shows only metrics the functions emit, as they emit them', () => {
    const body = packageOf(stage).propertiesOf('Dashboard')['DashboardBody'] as { 'Fn::Sub': string };
    const watched = [...JSON.stringify(alarmsOf()).matchAll(/"Namespace":"IotcloudRest","MetricName":"(\w+)"/g)].map(([, name]) => name ?? '');
    const shown = [...body['Fn::Sub'].matchAll(/"IotcloudRest",\s+"(\w+)"/g)].map(([, name]) => name ?? '');
    expect(shown.length).toBeGreaterThan(10);
    for (const name of [...watched, ...shown])
      expect(toEmf({ [name]: 1 }, {}, 0)).toMatchObject({
        _aws: { CloudWatchMetrics: [{ Namespace: 'IotcloudRest', Dimensions: [['service', 'stage']], Metrics: [{ Name: name, Unit: expect.any(String) }] }] },
      });
  });

  it("shows the vendor's calls and latency by the API that is called, as the functions tell them apart", () => {
    const body = packageOf(stage).propertiesOf('Dashboard')['DashboardBody'] as { 'Fn::Sub': string };
    const shown = [...body['Fn::Sub'].matchAll(/"IotcloudRest",\s+"(\w+)",[^\]{]*?"api",\s+"([^"]+)"/g)];
    expect(new Set(shown.map(([, name, api]) => `${name} ${api}`))).toEqual(new Set(vendorApis.flatMap(({ name }) => [`VendorCalls ${name}`, `VendorLatency ${name}`])));
    for (const [, name = '', api] of shown) {
      const emitted = toEmf({ [name]: 1 }, { api }, 0)['_aws'];
      expect(emitted).toMatchObject({ CloudWatchMetrics: [{ Dimensions: [['service', 'stage'], ['service', 'stage', 'api']] }] });
    }
    expect(body['Fn::Sub']).toContain('(configured: v2)');
  });

  it('stands on a dashboard, with every metric the alarms watch', () => {
    const body = packageOf(stage).propertiesOf('Dashboard')['DashboardBody'] as { 'Fn::Sub': string };
    const { widgets } = JSON.parse(substitute(body['Fn::Sub'])) as { widgets: { type: string; properties: Record<string, unknown> }[] };
    const shown = widgets.find((widget) => widget.type === 'alarm')?.properties['alarms'];
    expect(shown).toEqual(expect.arrayContaining(alarmsOf().map(([id]) => `<${id}.Arn>`)));
    const text = JSON.stringify(widgets);
    const watched = [...JSON.stringify(alarmsOf()).matchAll(/"Namespace":"IotcloudRest","MetricName":"(\w+)"/g)].map(([, name]) => name);
    expect(watched.length).toBeGreaterThanOrEqual(9);
    expect(watched.filter((name) => !text.includes(`"IotcloudRest","${name}","service","iotcloud-rest","stage","${stage}"`))).toEqual([]);
  });
});

describe('an event bus', () => {
  it('may be told by the one function that runs batches, if the stage names it', async () => {
    const roles = createRequire(import.meta.url)('../../../infrastructure/roles.cjs') as (framework: object) => Promise<{
      stack: { Resources: Record<string, { Properties: RoleProperties }> };
    }>; // the framework's interface for such files
    const telling = async (eventBusArn: string) => {
      const values: Record<string, unknown> = { 'param:tracing': false, 'param:eventBusArn': eventBusArn };
      const { stack } = await roles({
        resolveConfigurationProperty: () => Promise.resolve({ runDeviceBatches: {}, sweepDeviceBatches: {}, getHealth: {} }),
        resolveVariable: (address: string) => Promise.resolve(values[address]),
      });
      const statements = Object.entries(stack.Resources).flatMap(([id, { Properties }]) =>
        Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement.map((statement) => ({ id, ...statement }))),
      );
      return statements.filter(({ Action }) => Action.includes('events:PutEvents'));
    };
    expect(await telling('')).toEqual([]);
    expect(await telling('arn:aws:events:eu-central-1:1:event-bus/main')).toEqual([
      { id: 'RunDeviceBatchesRole', Effect: 'Allow', Action: ['events:PutEvents'], Resource: '${param:eventBusArn}' },
    ]);
  });
});

describe('origins', () => {
  it('become the whole of CORS if a stage names some', async () => {
    const cors = createRequire(import.meta.url)('../../../infrastructure/cors.cjs') as (input: {
      resolveVariable: (address: string) => Promise<unknown>;
    }) => Promise<unknown>; // the framework's interface for such files
    const rules = parse(readFileSync('infrastructure/cors.yml', 'utf8')) as object;
    const resolver = (allowedOrigins: string[]) => ({
      resolveVariable: (address: string) => Promise.resolve(address === 'param:allowedOrigins' ? allowedOrigins : rules),
    });
    expect(await cors(resolver([]))).toBe(false);
    expect(await cors(resolver(['https://app.example.com']))).toEqual({
      allowedOrigins: ['https://app.example.com'],
      allowedMethods: ['GET', 'POST'],
      allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-None-Match', 'traceparent'],
      exposedResponseHeaders: ['Location', 'Link', 'ETag', 'Retry-After', 'Cache-Status', 'X-Request-Id', 'Idempotency-Replayed'],
      maxAge: 600,
    });
  });
});
