import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import * as z from 'zod/mini';
import { root } from '../tools/paths.ts';
import { readLockfile } from './lockfile.ts';
import { runScript, UsageError } from './stages.ts';

/** What `npm audit --json` prints: a report, or why there is none. */
const report = z.object({
  vulnerabilities: z.optional(z.record(z.string(), z.object({ severity: z.string() }))),
  message: z.optional(z.string()),
});

export interface AuditVerdict {
  /** Packages that ship and have a high or critical advisory. */
  readonly grave: readonly string[];
  /** In one line. */
  readonly text: string;
}

/** @param output of `npm audit --json` @param shipped names of the packages that are in the functions' bundles */
export function judgeAudit(output: string, shipped: ReadonlySet<string>): AuditVerdict {
  const { vulnerabilities, message = 'no report' } = report.parse(JSON.parse(output));
  if (vulnerabilities === undefined) return { grave: [], text: `nothing was audited: the registry does not tell of advisories (${message})` };
  const found = Object.entries(vulnerabilities);
  const isGrave = ([name, { severity }]: (typeof found)[number]) => shipped.has(name) && ['high', 'critical'].includes(severity);
  const grave = found.filter(isGrave).map(([name, { severity }]) => `${name} (${severity})`);
  if (grave.length > 0) return { grave, text: `high or critical advisories on what ships: ${grave.join(', ')}` };
  return { grave, text: `no high or critical advisory on what ships; ${found.length} packages have others` };
}

function runNpmAudit(): Promise<string> {
  const args = ['audit', '--json', '--fetch-retries=0', '--fetch-timeout=20000'];
  // Its exit code says that something was found, or that nothing could be asked; so does what it prints.
  return new Promise((resolve) => {
    execFile('npm', args, { cwd: root, maxBuffer: 64 * 1024 * 1024, shell: process.platform === 'win32' }, (_error, stdout) => resolve(stdout || '{}'));
  });
}

async function main(): Promise<void> {
  const shipped = (await readLockfile()).filter((one) => one.isShipped).map(({ name }) => name);
  const { grave, text } = judgeAudit(await runNpmAudit(), new Set(shipped));
  if (grave.length > 0) throw new UsageError(text);
  console.log(`audit: ${text}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main);
