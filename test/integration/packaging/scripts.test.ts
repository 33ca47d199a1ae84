import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deploy, requireDeployable } from '../../../scripts/deploy.ts';
import { deploymentStamp, packagesDir, stampPackage } from '../../../scripts/package.ts';
import { readStageParams, requireStage } from '../../../scripts/stages.ts';
import { testPackageDir } from '../../support/packagedTemplate.ts';

function runScript(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: number | string; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [`scripts/${file}.ts`, ...args], { env: { PATH: '', ...env } }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

const configured = {
  DEPLOY_ISSUER: 'https://login.example.com/',
  DEPLOY_VENDOR_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:vendor-AbCdEf',
  DEPLOY_ALARM_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:alarms',
};

describe('npm run package', () => {
  it.each([
    [['--stage', 'production'], 'there is no stage "production"; the stages are dev, staging, prod, offline'],
    [['--stage', 'default'], 'there is no stage "default"; the stages are dev, staging, prod, offline'],
    [['--stage', 'toString'], 'there is no stage "toString"; the stages are dev, staging, prod, offline'],
    [[], '--stage is missing; the stages are dev, staging, prod, offline'],
    [['--stgae', 'dev'], "Unknown option '--stgae'"],
  ])('refuses %j', async (args, message) => {
    const params = await readStageParams();
    expect(() => requireStage(params, args)).toThrow(message);
    expect(requireStage(params, ['--stage', 'dev'])).toBe('dev');
  });

  it('tells a refusal in one line', async () => {
    const { code, stdout, stderr } = await runScript('package', ['--stage', 'production']);
    const message = 'there is no stage "production"; the stages are dev, staging, prod, offline';
    expect([code, stdout, stderr]).toEqual([1, '', `iotcloud-rest: ${message}\n`]);
  });
});

describe('npm run deploy', () => {
  const baseDir = testPackageDir('deploy');
  afterAll(() => rm(baseDir, { recursive: true, force: true }));

  it('refuses placeholders by name, each with the variable that sets it, before anything is built', async () => {
    const { code, stderr } = await runScript('deploy', ['--stage', 'prod'], { DEPLOY_ISSUER: configured.DEPLOY_ISSUER });
    expect([code, stderr]).toEqual([
      1,
      'iotcloud-rest: stage prod has placeholders: vendorSecretArn (set DEPLOY_VENDOR_SECRET_ARN), alarmTopicArn (set DEPLOY_ALARM_TOPIC_ARN); see docs/operations.md\n',
    ]);
  });

  it('refuses to deploy the offline stage', async () => {
    const params = await readStageParams();
    expect(() => requireDeployable(params, 'offline', configured)).toThrow('stage offline runs on this machine: npm start');
  });

  it.each(Object.keys(configured))('refuses an empty %s', async (name) => {
    const params = await readStageParams();
    expect(() => requireDeployable(params, 'dev', { ...configured, [name]: '' })).toThrow(name);
    expect(() => requireDeployable(params, 'dev', configured)).not.toThrow();
  });

  it('refuses a placeholder that stands in the stage itself', () => {
    const params = { default: {}, dev: { origins: ['https://placeholder.invalid'] } };
    expect(() => requireDeployable(params, 'dev', {})).toThrow('stage dev has placeholders: origins;');
  });

  it('hands the package it made, with the time in it, to serverless deploy', async () => {
    const given: unknown[][] = [];
    const variables = { ...configured, DEPLOY_AUDIENCE: '', DEPLOY_REGION: '' };
    for (const [name, value] of Object.entries(variables)) process.env[name] = value;
    const before = Date.now();
    const dir = join(baseDir, 'staging');
    const note: Parameters<typeof deploy>[2] = (...call) => Promise.resolve(void given.push(call));
    try {
      await deploy(['--stage', 'staging'], process.env, note, baseDir);
    } finally {
      for (const name of Object.keys(variables)) delete process.env[name];
    }
    expect(given).toEqual([[['deploy', '--stage', 'staging', '--package', dir], process.cwd(), true]]);
    const state = readFileSync(join(dir, 'serverless-state.json'), 'utf8');
    const { package: packaging } = JSON.parse(state) as { package: { artifactDirectoryName: string } };
    const [, atMs, at] = /^serverless\/iotcloud-rest\/staging\/(\d+)-(.*Z)$/.exec(packaging.artifactDirectoryName) ?? [];
    expect(Number(atMs)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(at ?? '')).toBe(Number(atMs));
    const template = readFileSync(join(dir, 'cloudformation-template-update-stack.json'), 'utf8');
    expect(template).toContain(`${packaging.artifactDirectoryName}/getHealth.zip`);
    expect(template + state).not.toContain('placeholder');
    expect(template).toContain(configured.DEPLOY_ALARM_TOPIC_ARN);
    expect(template).toContain(configured.DEPLOY_ISSUER);
    expect(template).toMatch(/"Audience": \[\s*"iotcloud-rest-staging"\s*\]/);
    expect(state).not.toContain(packagesDir);
  }, 60_000);
});

describe('stampPackage', () => {
  const dir = mkdtempSync(join(tmpdir(), 'stamp-'));
  afterAll(() => rm(dir, { recursive: true }));

  it('puts one time in the place of another, and touches nothing else', async () => {
    const text = (atMs: number) => `{"key":"serverless/x/prod/${deploymentStamp(atMs)}/a.zip","at":"2026-11-24T10:00:00.000Z"}`;
    writeFileSync(join(dir, 'template.json'), text(0));
    writeFileSync(join(dir, 'a.zip'), text(0));
    await stampPackage(dir, 1_795_514_400_000);
    expect(readFileSync(join(dir, 'template.json'), 'utf8')).toBe(text(1_795_514_400_000));
    expect(readFileSync(join(dir, 'a.zip'), 'utf8')).toBe(text(0));
    expect(text(1_795_514_400_000)).toContain('/1795514400000-2026-11-24T10:00:00.000Z/');
  });
});
