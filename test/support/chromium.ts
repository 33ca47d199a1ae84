import { accessSync, constants } from 'node:fs';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A Chromium of this machine (`CHROMIUM` names another); `undefined` if there is none. */
export const chromiumPath = [process.env['CHROMIUM'] ?? '', ...PLACES].find((path) => path !== '' && isExecutable(path));

// Nothing but the page under test may reach out.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page that is watched. */
export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, policy violations, failed requests. */
  readonly complaints: readonly string[];
  /** Every URL it asked for, but for `data:` and `blob:`. */
  readonly requests: readonly string[];
}

/** Opens a browser with an empty profile. */
export async function openBrowser() {
  const browser = await chromium.launch({ ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }), args: FLAGS });
  const visit = async (url: string, options: BrowserContextOptions): Promise<Visit> => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()} ${request.failure()?.errorText ?? ''}`));
    page.on('request', (request) => {
      if (/^https?:/.test(request.url())) requests.push(request.url());
    });
    await page.goto(url);
    return { page, complaints, requests };
  };
  return { visit, close: () => browser.close() };
}
