import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import document from '../../docs/openapi.json' with { type: 'json' };
import { chromiumPath, openBrowser, type Visit } from '../support/chromium.ts';
import { startStage, type StartedStage } from '../support/offlineStage.ts';

const WAIT_MS = 30_000;

const widths = {
  wide: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
} as const satisfies Record<string, BrowserContextOptions>;

const operations = Object.values(document.paths).flatMap((methods) =>
  Object.values(methods).map(({ operationId, summary, tags }) => ({ operationId, summary, tag: String(tags[0]) })),
);

/** The part of the page that tells one operation. */
const sectionOf = (page: Page, operationId: string): Locator => page.locator(`[id$="-${operationId}"].opblock`);
const controlOf = (page: Page, operationId: string): Locator => sectionOf(page, operationId).locator('.opblock-summary-control');

/** The renderer shows the button before the fields whose values it sends. */
const hasFields = (page: Page, operationId: string): Promise<void> => sectionOf(page, operationId).getByRole('textbox').first().waitFor();

/** The renderer's dialog, which it gives no role. */
const dialogOf = (page: Page): Locator => page.locator('.modal-ux');

/** Runs in the browser, whose globals this project's types do not know. */
const inPage = <T>(page: Page, expression: string): Promise<T> => page.evaluate<T>(expression);

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** What axe finds that keeps somebody from using the page, each with the first element it is about. */
async function findBarriers(page: Page): Promise<string[]> {
  await inPage(page, axe); // the debugger's own evaluation, which the page's policy does not bind
  return inPage(
    page,
    `axe.run().then(({ violations }) => violations
      .filter(({ impact }) => impact === 'critical' || impact === 'serious')
      .map(({ id, nodes }) => id + ' x' + nodes.length + ': ' + nodes[0].target.join(' ')))`,
  );
}

const scrollsSideways = async (page: Page) => (await inPage<number>(page, 'document.documentElement.scrollWidth - document.documentElement.clientWidth')) > 0;

/** Puts the stage below a base path, as a custom domain does. */
async function startBasePath(origin: string) {
  const server = createServer((request, response) => {
    void (async () => {
      const { authorization, accept } = request.headers;
      const path = (request.url ?? '').replace(/^\/base/, '');
      const answer = await fetch(origin + path, { headers: { ...(authorization && { authorization }), ...(accept && { accept }) } });
      const kept = ['content-type', 'content-security-policy'].map((name) => [name, answer.headers.get(name) ?? ''] as const);
      response.writeHead(path === request.url ? 404 : answer.status, Object.fromEntries(kept)).end(Buffer.from(await answer.arrayBuffer()));
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`, close: () => server.close() }; // a TCP server
}

if (chromiumPath === undefined) console.warn('test/e2e/docsPage.test.ts is skipped: no Chromium at /usr/bin/chromium or $CHROMIUM');

describe.skipIf(chromiumPath === undefined)('the reference page', () => {
  let stage: StartedStage;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  beforeAll(async () => {
    stage = await startStage();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await stage.interrupt();
  });

  const visit = async (url: string, width: keyof typeof widths): Promise<Visit> => {
    const opened = await browser.visit(`${url}/docs`, { ...widths[width], colorScheme: 'light' });
    opened.page.setDefaultTimeout(WAIT_MS);
    await opened.page.getByRole('heading', { name: 'iotcloud-rest' }).waitFor();
    return opened;
  };

  const authorize = async ({ page }: Visit, token: string) => {
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await dialogOf(page).getByRole('textbox').fill(token);
    await dialogOf(page).getByRole('button', { name: 'Authorize' }).click();
    await dialogOf(page).getByRole('button', { name: 'Close' }).first().click();
  };

  /** Sends an operation's request with the values it is shown with. */
  const sendTo = async ({ page }: Visit, operationId: string) => {
    if ((await controlOf(page, operationId).getAttribute('aria-expanded')) === 'false') await controlOf(page, operationId).click();
    await hasFields(page, operationId);
    const answered = page.waitForResponse((response) => response.url().includes('/v1/products/'));
    await sectionOf(page, operationId).getByRole('button', { name: 'Execute' }).click();
    const response = await answered;
    await sectionOf(page, operationId).locator('.live-responses-table').waitFor();
    return response;
  };

  describe.each(['wide', 'phone'] as const)('on a screen that is %s', (width) => {
    let visited: Visit;
    let token: string;
    beforeAll(async () => {
      visited = await visit(stage.url, width);
      token = await stage.token();
    });

    it('shows every operation, and nothing wider than the screen', async () => {
      const { page } = visited;
      const tooWide: string[] = [];
      for (const { operationId, summary } of operations) {
        await controlOf(page, operationId).click();
        await sectionOf(page, operationId).getByText(summary, { exact: true }).first().waitFor();
        await sectionOf(page, operationId).locator('.responses-table').first().waitFor();
        if (await scrollsSideways(page)) tooWide.push(operationId);
        // One stays open for what follows; with all of them the page is slow.
        if (operationId !== 'createDeviceTask') await controlOf(page, operationId).click();
      }
      expect([operations.length > 5, tooWide]).toEqual([true, []]);
    });

    it('is light or dark as the system is, and has no barrier while it is light', async () => {
      const { page } = visited;
      const background = () => inPage<string>(page, 'getComputedStyle(document.documentElement).backgroundColor');
      expect([await background(), await findBarriers(page)]).toEqual(['rgba(0, 0, 0, 0)', []]);
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect.poll(background, { timeout: WAIT_MS }).toBe('rgb(28, 32, 34)');
    });

    it("returns the sample task's state and results to a token pasted once, keeps the token nowhere, and has no barrier in the dark", async () => {
      const { page } = visited;
      await authorize(visited, token);
      const task = await sendTo(visited, 'getDeviceTask');
      expect([task.status(), await task.json()]).toMatchObject([200, { taskId: 'abcdedf123456789', status: 'completed', totalDevices: 2 }]);
      const answer = sectionOf(page, 'getDeviceTask').locator('.live-responses-table .response');
      await expect.poll(async () => (await answer.boundingBox())?.y ?? Infinity).toBeLessThan(widths[width].viewport.height / 2);
      const results = await sendTo(visited, 'getDeviceResults');
      expect([results.status(), await results.json()]).toMatchObject([200, { devices: [{ deviceName: 'test_device2', status: 'failed' }] }]);
      expect(await results.text()).not.toContain('PRIVATE KEY');
      const kept = 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])';
      expect(await inPage<string>(page, kept)).not.toContain(token);
      expect([await findBarriers(page), await scrollsSideways(page)]).toEqual([[], false]);
    });

    it('has done all this with no complaint of the browser and no foreign request', () => {
      expect(visited.complaints).toEqual([]);
      const origins = visited.requests.map((url) => new URL(url).origin);
      expect([origins.length > 3, new Set(origins)]).toEqual([true, new Set([stage.url])]);
    });

    it('runs no script and takes no style but its own', async () => {
      await inPage(visited.page, "{ const s = document.createElement('script'); s.textContent = 'globalThis.wasRun = true'; document.body.append(s); }");
      expect(await inPage<boolean>(visited.page, "'wasRun' in globalThis")).toBe(false);
      await inPage(visited.page, "{ const s = document.createElement('style'); s.textContent = 'body { opacity: 0.5 }'; document.body.append(s); }");
      expect(await inPage<string>(visited.page, 'getComputedStyle(document.body).opacity')).toBe('1');
      expect(visited.complaints.join('\n').match(/Content Security Policy/g)?.length).toBeGreaterThanOrEqual(2);
    });
  });

  it('can be worked by keyboard alone', async () => {
    const { page } = await visit(stage.url, 'wide');
    const { keyboard } = page;
    const focused = () => inPage<string>(page, 'document.activeElement.closest(".opblock")?.id + " " + document.activeElement.className');
    /** @throws if nothing of that kind is reached */
    const tabTo = async (wanted: RegExp) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await keyboard.press('Tab');
        if (wanted.test(await focused())) return;
      }
      throw new Error(`Tab does not reach ${wanted.source}`);
    };
    await tabTo(/authorize/);
    await keyboard.press('Enter');
    await dialogOf(page).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await dialogOf(page).getByRole('textbox').focus();
    await keyboard.insertText(await stage.token());
    await keyboard.press('Enter');
    await dialogOf(page).getByRole('button', { name: 'Logout' }).waitFor();
    await tabTo(/btn-done/);
    await keyboard.press('Enter');
    await tabTo(/-getDeviceTask opblock-summary-control/);
    await keyboard.press('Enter');
    await hasFields(page, 'getDeviceTask');
    await tabTo(/-getDeviceTask .*execute/);
    const answered = page.waitForResponse((response) => response.url().includes('/v1/products/'));
    await keyboard.press('Enter');
    expect((await answered).status()).toBe(200);
  });

  it('works below a base path', async () => {
    const base = await startBasePath(stage.url);
    const visited = await visit(base.url, 'wide');
    await authorize(visited, await stage.token());
    const task = await sendTo(visited, 'getDeviceTask');
    expect([task.status(), task.url()]).toEqual([200, `${base.url}/v1/products/ABCED12345/device-tasks/abcdedf123456789`]);
    expect(visited.complaints).toEqual([]);
    base.close();
  });
});
