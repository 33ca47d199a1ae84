import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { renderDocsPage } from '../../../../lib/openapi/docsPage.ts';
import { readDocsPage } from '../../../../lib/openapi/packedDocsPage.ts';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The scripts of a page as a browser cuts them: the first end tag ends one. */
const scriptsOf = (html: string) => [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script = '']) => script);

describe('renderDocsPage', () => {
  it('names scripts and style sheet by their hashes, and no host', () => {
    const { html, policy } = renderDocsPage({ script: 'const a = 1;', style: 'p { color: red; }' });
    const hashes = scriptsOf(html).map(hashOf);
    expect(hashes).toHaveLength(2);
    expect(policy).toContain(`script-src ${hashes.join(' ')};`);
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(html) ?? [];
    expect(style).toContain('p { color: red; }');
    expect(policy).toContain(`style-src ${hashOf(style)};`);
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toMatch(/https?:|\*|unsafe/);
  });

  it.each(['</script>', '<!--', '<script', '</SCRIPT >', '<!--<script>'])('keeps a renderer whole that has %s in it', (text) => {
    const { html } = renderDocsPage({ script: `out.push("${text}", \`${text}\`, /${text.replaceAll('/', String.raw`\/`)}/u.source);`, style: '' });
    const out: string[] = [];
    runInNewContext(scriptsOf(html)[0] ?? '', { out });
    expect(out.slice(0, 2)).toEqual([text, text]);
    expect(new RegExp(out[2] ?? '').test(text)).toBe(true);
  });
});

describe('readDocsPage', () => {
  it('holds the page of the installed renderer, compressed for whoever can take it so', () => {
    const { bytes, policy } = readDocsPage();
    const html = brotliDecompressSync(bytes.br).toString('utf8');
    expect(gunzipSync(bytes.gzip).toString('utf8')).toBe(html);
    expect(html).toContain('SwaggerUIBundle({');
    expect(scriptsOf(html)).toHaveLength(2);
    for (const script of scriptsOf(html)) expect(policy).toContain(hashOf(script));
    expect([bytes.br.length < 450_000, bytes.gzip.length < 500_000]).toEqual([true, true]);
    // A response of Lambda is 6 MiB at most, JSON around it included.
    expect(JSON.stringify(html).length).toBeLessThan(5_500_000);
  });
});
