import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { distDir } from '../../tools/buildFunctions.ts';
import { makeDocsPage } from '../../tools/makeDocsPage.ts';

/** Before all tests: the page that the handlers read, which the build would put there. */
export async function setup(): Promise<void> {
  await mkdir(distDir, { recursive: true });
  await Promise.all(makeDocsPage().map(({ path, contents }) => writeFile(join(distDir, path), contents)));
}
