import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import results from '../bench/results.json' with { type: 'json' };
import { metricNames, vendorMetricNames } from '../lib/metrics.ts';
import { root } from '../tools/paths.ts';
import { renderBill } from './bill.ts';
import { formatTable, writeSection } from './markedSection.ts';
import type { Measured } from './usage.ts';
import { readServerlessFile, runScript, stageNames, type ServerlessFile, type StageParams } from './stages.ts';

export const operationsFile = join(root, 'docs', 'operations.md');

const load = createRequire(import.meta.url);

interface Statement {
  readonly Action: readonly string[];
  readonly Condition?: { readonly 'ForAllValues:StringLike'?: { readonly 'dynamodb:LeadingKeys': readonly string[] } };
}

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly Metrics?: readonly { readonly MetricStat?: unknown }[];
}

/** What `infrastructure/` makes of the functions, read without the framework. */
async function readInfrastructure(functions: ServerlessFile['functions']) {
  const { PERMISSIONS } = load('../infrastructure/functions.cjs') as { PERMISSIONS: Record<string, readonly Statement[]> }; // our own files
  const makeAlarms = load('../infrastructure/alarms.cjs') as (framework: object) => Promise<{ stack: { Resources: Record<string, { Properties: Alarm }> } }>;
  const { stack } = await makeAlarms({ resolveConfigurationProperty: () => Promise.resolve(functions) });
  return { permissions: PERMISSIONS, alarms: Object.values(stack.Resources).map(({ Properties }) => Properties) };
}

type Show = (params: Readonly<Record<string, unknown>>) => string;

const number = (value: unknown) => Number(value).toLocaleString('en');

const STAGE_ROWS: readonly (readonly [string, Show])[] = [
  ['log level', ({ logLevel }) => String(logLevel)],
  ['`products` claim', ({ productsClaim }) => String(productsClaim)],
  ['logs kept, days', ({ retentionDays }) => number(retentionDays)],
  [
    'table and key on removal (logs always go)',
    ({ removalPolicy, deletionProtection }) => `${removalPolicy === 'Retain' ? 'kept' : 'deleted'}${deletionProtection === true ? ', deletion protected' : ''}`,
  ],
  ['requests a second, burst', ({ throttleRate, throttleBurst }) => `${number(throttleRate)}, ${number(throttleBurst)}`],
  ['creations a second, burst', ({ createRate, createBurst }) => `${number(createRate)}, ${number(createBurst)}`],
  ['`GET /docs` a second, burst', ({ docsRate, docsBurst }) => `${number(docsRate)}, ${number(docsBurst)}`],
  ['copies that run batches, calls of theirs a second', ({ batchConcurrency, vendorRate }) => `${number(batchConcurrency)}, ${number(vendorRate)}`],
  ['age of an open batch before an alarm, hours', ({ oldestBatchS }) => number(Number(oldestBatchS) / 3600)],
  ['X-Ray', ({ tracing }) => (tracing === true ? 'on' : 'off')],
  ['device secrets an hour before an alarm', ({ credentialsPerHour }) => number(credentialsPerHour)],
];

function renderStages(params: StageParams): string {
  const deployed = stageNames(params).filter((stage) => params[stage]?.['environment'] !== 'offline');
  const rows = STAGE_ROWS.map(([title, show]) => [title, ...deployed.map((stage) => show({ ...params['default'], ...params[stage] }))]);
  return formatTable(['', ...deployed], rows);
}

/** The operations of one service a function may call, with the items it may call them on. */
function showAllowed(statements: readonly Statement[], service: string): string {
  const shown = statements.flatMap(({ Action, Condition }) => {
    const operations = Action.filter((action) => action.startsWith(`${service}:`)).map((action) => action.slice(service.length + 1));
    const keys = Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'].map((key) => `\`${key.replace(/^.*?#/, '<account>#')}\``);
    return operations.length === 0 ? [] : [`${operations.join(', ')}${keys === undefined ? '' : ` of ${keys.join(' and ')} alone`}`];
  });
  return shown.join('; ') || '–';
}

function renderPermissions(names: readonly string[], permissions: Readonly<Record<string, readonly Statement[]>>): string {
  const idle = names.filter((name) => permissions[name] === undefined);
  const rows = Object.entries(permissions).map(([name, statements]) => [
    name,
    ...['dynamodb', 'kms', 'secretsmanager', 'sqs', 'events'].map((service) => showAllowed(statements, service)),
  ]);
  return formatTable(['function', 'table', 'key', "vendor's secret", 'queue', 'bus, if named'], [...rows, [idle.join(', '), '–', '–', '–', '–', '–']]);
}

const nameOf = ({ AlarmName }: Alarm) => AlarmName.replace('iotcloud-rest-${sls:stage}-', '');

function renderAlarms(alarms: readonly Alarm[]): string {
  const rows = alarms.map((alarm) => [`[${nameOf(alarm)}](#${nameOf(alarm)})`, alarm.AlarmDescription.replace(/ docs\/operations\.md.*$/, '')]);
  return formatTable(['alarm', 'says'], rows);
}

// A month in which every route is called.
const ROUTE_METRICS = 83;

const countMetrics = ({ Metrics }: Alarm) => Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;

/** The sections of `docs/operations.md` that follow from `serverless.yml`, `infrastructure/`, the code and the bench, by their names. */
export async function renderOperations(measured: Measured = results): Promise<Readonly<Record<string, string>>> {
  const { params, functions } = await readServerlessFile();
  const { permissions, alarms } = await readInfrastructure(functions);
  const alarmMetrics = alarms.reduce((sum, alarm) => sum + countMetrics(alarm), 0);
  return {
    stages: renderStages(params),
    permissions: renderPermissions(Object.keys(functions), permissions),
    alarms: renderAlarms(alarms),
    bill: renderBill(measured, { alarmMetrics, stageMetrics: metricNames.length, apiMetrics: vendorMetricNames.size, routeMetrics: ROUTE_METRICS }),
  };
}

async function main(): Promise<void> {
  for (const [name, text] of Object.entries(await renderOperations())) writeSection(operationsFile, name, text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main);
