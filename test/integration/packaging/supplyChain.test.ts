import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../../package.json' with { type: 'json' };
import { judgeAudit } from '../../../scripts/audit.ts';
import { licencesFile, PERMISSIVE, renderLicences } from '../../../scripts/licences.ts';
import { EMBEDDED, readLockfile, type LockedPackage } from '../../../scripts/lockfile.ts';
import { makeSbom } from '../../../scripts/sbom.ts';
import { readStageParams, stageNames } from '../../../scripts/stages.ts';

let packages: readonly LockedPackage[];
beforeAll(async () => {
  packages = await readLockfile();
});

describe('the lockfile', () => {
  it('holds the integrity of every package', () => {
    expect(packages.length).toBeGreaterThan(100);
    expect(packages.filter(({ integrity }) => !integrity?.startsWith('sha512-'))).toEqual([]);
  });

  it('ships nothing whose licence asks for more than to be named', () => {
    const shipped = packages.filter(({ isShipped }) => isShipped);
    for (const name of [...Object.keys(manifest.dependencies), ...EMBEDDED]) expect(shipped.map((one) => one.name)).toContain(name);
    expect(shipped.filter(({ licence }) => !PERMISSIVE.includes(licence ?? ''))).toEqual([]);
    expect(shipped.map((one) => one.name)).not.toContain('vitest');
  });

  it('is what docs/licences.md lists (npm run licences)', () => {
    expect(readFileSync(licencesFile, 'utf8')).toBe(renderLicences(packages));
  });

  it('becomes one and the same CycloneDX document, with every package', async () => {
    const sbom = await makeSbom();
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: manifest.name, version: manifest.version } } });
    const listed = new Set(sbom.components.map(({ purl }) => decodeURIComponent(purl).split('?')[0]));
    expect(packages.map(({ name, version }) => `pkg:npm/${name}@${version}`).filter((purl) => !listed.has(purl))).toEqual([]);
    expect(sbom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await makeSbom()).toEqual(sbom);
  });

  it("names in that document what the page's renderer was bundled of", async () => {
    const { components } = await makeSbom();
    const [renderer, ...others] = components.filter(({ name }) => EMBEDDED.includes(name));
    expect([renderer?.scope, others]).toEqual(['required', []]);
    const bundled = renderer?.components ?? [];
    expect(bundled).toContainEqual({ type: 'library', name: 'react-dom', purl: 'pkg:npm/react-dom' });
    expect(bundled).toContainEqual({ type: 'library', name: '@swagger-api/apidom-core', purl: 'pkg:npm/%40swagger-api/apidom-core' });
    expect(bundled.length).toBeGreaterThan(50);
  });
});

describe('npm run audit', () => {
  const shipped = new Set(['zod', 'swagger-ui-dist']);
  const judge = (vulnerabilities: Record<string, { severity: string }>) => judgeAudit(JSON.stringify({ vulnerabilities }), shipped);

  it('refuses high and critical advisories on what ships, and those alone', () => {
    const found = { zod: { severity: 'moderate' }, 'swagger-ui-dist': { severity: 'high' }, vitest: { severity: 'critical' } };
    expect(judge(found)).toEqual({ grave: ['swagger-ui-dist (high)'], text: 'high or critical advisories on what ships: swagger-ui-dist (high)' });
    expect(judge({ zod: { severity: 'critical' } }).grave).toEqual(['zod (critical)']);
    expect(judge({ zod: { severity: 'moderate' }, vitest: { severity: 'critical' } })).toEqual({
      grave: [],
      text: 'no high or critical advisory on what ships; 2 packages have others',
    });
  });

  it.each([['{"message":"405 Method Not Allowed","error":{}}', '405 Method Not Allowed'], ['{}', 'no report']])('says that nothing was audited if the registry answers %s', (output, why) => {
    expect(judgeAudit(output, shipped)).toEqual({ grave: [], text: `nothing was audited: the registry does not tell of advisories (${why})` });
  });
});

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Workflow {
  readonly permissions: unknown;
  readonly on: Record<string, { inputs?: { stage: { options: string[] } } }>;
  readonly jobs: Record<string, { readonly if?: string; readonly needs?: string; readonly permissions?: Record<string, string>; readonly steps: readonly Step[] }>;
}
const workflowsDir = '.github/workflows';
const workflows = readdirSync(workflowsDir).map((name) => [name, parse(readFileSync(join(workflowsDir, name), 'utf8')) as Workflow] as const); // GitHub's form
const stepsOf = (workflow: Workflow) => Object.values(workflow.jobs).flatMap((job) => job.steps);

describe('the workflows', () => {
  it.each(workflows)('%s pins every action by its commit, with the version beside it', (name, workflow) => {
    const uses = stepsOf(workflow).flatMap((step) => step.uses ?? []);
    expect(uses.length).toBeGreaterThan(1);
    expect(uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
    const lines = readFileSync(join(workflowsDir, name), 'utf8').split('\n').filter((line) => line.includes('uses:'));
    expect(lines.filter((line) => !/# v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it.each(workflows)('%s has a token that reads the code, and no stored key', (name, workflow) => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const raised = Object.values(workflow.jobs).flatMap((job) => Object.entries(job.permissions ?? {}).filter(([, level]) => level === 'write'));
    expect(raised).toEqual(name === 'deploy.yml' ? [['id-token', 'write']] : []);
    expect(readFileSync(join(workflowsDir, name), 'utf8')).not.toMatch(/secrets\.|aws-access-key/);
  });

  it('run no install script and no test where AWS credentials can be asked for', () => {
    const trusted = workflows.flatMap(([, { jobs }]) => Object.values(jobs)).filter(({ permissions }) => permissions?.['id-token'] === 'write');
    expect(trusted).toHaveLength(1);
    expect(trusted.flatMap(({ steps }) => steps.flatMap((step) => step.run ?? []))).toEqual([
      'npm ci --ignore-scripts',
      'npm run deploy -- --stage "$STAGE_TO_DEPLOY"',
    ]);
    expect(trusted[0]).toMatchObject({ needs: 'test' });
  });

  it.each(workflows)('%s runs nothing but scripts anybody can run', (_name, workflow) => {
    const commands = stepsOf(workflow).flatMap((step) => step.run ?? []);
    const scripts = new Set(Object.keys(manifest.scripts));
    const isOurs = (command: string) =>
      ['npm ci', 'npm ci --ignore-scripts', '.ci/run'].includes(command) || scripts.has(/^npm (?:run )?([\w:]+)(?: -- --stage "\$STAGE_TO_DEPLOY")?$/.exec(command)?.[1] ?? '');
    expect(commands.filter((command) => !isOurs(command))).toEqual([]);
  });

  it('deploy from the main branch alone', () => {
    const jobs = workflows.filter(([name]) => name === 'deploy.yml').flatMap(([, workflow]) => Object.values(workflow.jobs));
    expect(jobs.map((job) => job.if)).toEqual(["github.ref == 'refs/heads/main'", "github.ref == 'refs/heads/main'"]);
  });

  it('deploy the stages there are, and set every placeholder', async () => {
    const params = await readStageParams();
    const deployed = stageNames(params).filter((name) => params[name]?.['environment'] !== 'offline');
    const text = readFileSync(join(workflowsDir, 'deploy.yml'), 'utf8');
    expect((parse(text) as Workflow).on['workflow_dispatch']?.inputs?.stage.options).toEqual(deployed);
    const variables = [...readFileSync('serverless.yml', 'utf8').matchAll(/\$\{env:(DEPLOY_\w+)/g)].map(([, name]) => name);
    expect(variables.length).toBeGreaterThan(3);
    expect(variables.filter((name) => !text.includes(`${name}: \${{ vars.${name} }}`))).toEqual([]);
  });
});
