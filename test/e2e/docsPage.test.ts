import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import document from '../../docs/openapi.json' with { type: 'json' };
import { chromiumPath, openBrowser, type Visit } from '../support/chromium.ts';
import { startStage, type StartedStage } from '../support/offlineStage.ts';

const WAIT_MS = 20_000;

const widths = {
  wide: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
} as const satisfies Record<string, BrowserContextOptions>;

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { summary, tags }]) => ({ path, method: method.toUpperCase(), summary, tag: String(tags[0]) })),
);

const TASK = '/v1/products/{productId}/device-tasks/{taskId}';

/** The part of the page that tells one operation; the renderer fills it once it comes near the window. */
async function showOperation(page: Page, method: string, path: string, tag: string): Promise<Locator> {
  const section = page.locator(`[id="api-1/tag/${tag.toLowerCase().replaceAll(' ', '-')}/${method}${path}"]`);
  await section.scrollIntoViewIfNeeded();
  await section.getByRole('heading').first().waitFor();
  return section;
}

/** Runs in the browser, whose globals this project's types do not know. */
const inPage = <T>(page: Page, expression: string): Promise<T> => page.evaluate<T>(expression);

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

  describe.each(['wide', 'phone'] as const)('on a screen that is %s', (width) => {
    let visit: Visit;
    let token: string;
    beforeAll(async () => {
      visit = await browser.visit(`${stage.url}/docs`, { ...widths[width], colorScheme: 'light' });
      visit.page.setDefaultTimeout(WAIT_MS);
      await visit.page.getByRole('heading', { name: 'iotcloud-rest' }).waitFor();
      token = await stage.token();
    });

    const sendTo = async (path: string) => {
      const section = await showOperation(visit.page, 'GET', path, 'Device tasks');
      await section.getByRole('button', { name: /Test Request/ }).click();
      const answered = visit.page.waitForResponse((response) => response.url().includes('/v1/products/'));
      await visit.page.getByRole('button', { name: /^Send/ }).first().click();
      const response = await answered;
      await visit.page.getByText('200 OK').waitFor();
      await visit.page.getByRole('button', { name: 'Close Client' }).click();
      return response;
    };

    it('shows every operation, and nothing wider than the screen', async () => {
      for (const { method, path, summary, tag } of operations) {
        const section = await showOperation(visit.page, method, path, tag);
        expect(await section.getByRole('heading', { name: summary }).isVisible()).toBe(true);
      }
      expect(await inPage<number>(visit.page, 'document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    });

    it('is light or dark as the system is', async () => {
      const background = () => inPage<string>(visit.page, 'getComputedStyle(document.body).backgroundColor');
      expect(await background()).toBe('rgb(255, 255, 255)');
      await visit.page.emulateMedia({ colorScheme: 'dark' });
      await expect.poll(background).toBe('rgb(15, 15, 15)');
    });

    it("returns the sample task's state and results to a token pasted once, and keeps the token nowhere", async () => {
      await visit.page.getByPlaceholder('Token').first().fill(token);
      const task = await sendTo(TASK);
      expect([task.status(), await task.json()]).toMatchObject([200, { taskId: 'abcdedf123456789', status: 'completed', totalDevices: 2 }]);
      const results = await sendTo(`${TASK}/devices`);
      expect([results.status(), await results.json()]).toMatchObject([200, { devices: [{ deviceName: 'test_device1' }, { deviceName: 'test_device2' }] }]);
      expect(await results.text()).not.toContain('PRIVATE KEY');
      const kept = 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])';
      expect(await inPage<string>(visit.page, kept)).not.toContain(token);
    });

    it('can be worked by keyboard alone', async () => {
      const { keyboard } = visit.page;
      await keyboard.press('Control+k');
      await keyboard.type('Follow a batch');
      await visit.page.getByRole('option', { name: /Follow a batch/ }).first().waitFor();
      await keyboard.press('ArrowDown');
      await keyboard.press('Enter');
      await visit.page.waitForURL(({ hash }) => decodeURIComponent(hash).endsWith(`GET${TASK}`));
      const section = await showOperation(visit.page, 'GET', TASK, 'Device tasks');
      await section.getByRole('button', { name: /Test Request/ }).focus();
      await keyboard.press('Enter');
      const send = visit.page.getByRole('button', { name: /^Send/ }).first();
      await send.waitFor();
      await keyboard.press('Escape');
      await expect.poll(() => send.isVisible()).toBe(false);
    });

    it('has done all this with no complaint of the browser and no foreign request', () => {
      expect(visit.complaints).toEqual([]);
      const origins = visit.requests.map((url) => new URL(url).origin);
      expect([origins.length > 3, new Set(origins)]).toEqual([true, new Set([stage.url])]);
    });

    it('runs no script but its own', async () => {
      await inPage(visit.page, "{ const s = document.createElement('script'); s.textContent = 'globalThis.wasRun = true'; document.body.append(s); }");
      expect(await inPage<boolean>(visit.page, "'wasRun' in globalThis")).toBe(false);
      expect(visit.complaints.join('\n')).toMatch(/Content Security Policy/);
    });
  });
});
