import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { renderDocsPage } from '../../../../lib/openapi/docsPage.ts';
import { readDocsPage } from '../../../../lib/openapi/packedDocsPage.ts';

/** The scripts of a page as a browser cuts them: the first end tag ends one. */
const scriptsOf = (html: string) => [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script = '']) => script);

describe('renderDocsPage', () => {
  it('names each script by its hash, and no host', () => {
    const { html, policy } = renderDocsPage('const a = 1;');
    const hashes = scriptsOf(html).map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(hashes).toHaveLength(2);
    expect(policy).toContain(`script-src ${hashes.join(' ')};`);
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toMatch(/https?:|\*/);
  });

  it.each(['</script>', '<!--', '<script', '</SCRIPT >', '<!--<script>'])('keeps a renderer whole that has %s in it', (text) => {
    const { html } = renderDocsPage(`out.push("${text}", \`${text}\`, /${text.replaceAll('/', String.raw`\/`)}/u.source);`);
    const out: string[] = [];
    runInNewContext(scriptsOf(html)[0] ?? '', { out });
    expect(out.slice(0, 2)).toEqual([text, text]);
    expect(new RegExp(out[2] ?? '').test(text)).toBe(true);
  });
});

describe('readDocsPage', () => {
  it('holds the page of the installed renderer, packed to a quarter', () => {
    const { brotli, policy } = readDocsPage();
    const html = brotliDecompressSync(brotli).toString('utf8');
    expect(html).toContain('Scalar.createApiReference(');
    expect(scriptsOf(html)).toHaveLength(2);
    const [renderer = ''] = scriptsOf(html);
    expect(policy).toContain(createHash('sha256').update(renderer).digest('base64'));
    expect(brotli.length).toBeLessThan(1_200_000);
    expect(brotli.length * 4).toBeLessThan(html.length);
    // A response of Lambda is 6 MiB at most, JSON around it included.
    expect(JSON.stringify(html).length).toBeLessThan(5_500_000);
  });
});
