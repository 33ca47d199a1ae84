import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DocsPageFacts } from '../../../lib/docsPage.ts';
import { makeDocsPage } from '../../../tools/makeDocsPage.ts';
import { renderDocsPage } from '../../../tools/renderDocsPage.ts';

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

describe('makeDocsPage', () => {
  const files = new Map(makeDocsPage().map(({ path, contents }) => [path, Buffer.from(contents)]));
  const read = (name: string) => files.get(name) ?? Buffer.alloc(0);

  it('holds the page of the installed renderer, compressed for whoever can take it so', () => {
    const html = brotliDecompressSync(read('docsPage.html.br')).toString('utf8');
    expect(gunzipSync(read('docsPage.html.gzip')).toString('utf8')).toBe(html);
    expect(html).toContain('SwaggerUIBundle({');
    expect(scriptsOf(html)).toHaveLength(2);
    const { policy } = JSON.parse(read('docsPage.json').toString()) as DocsPageFacts; // as it was written
    for (const script of scriptsOf(html)) expect(policy).toContain(hashOf(script));
    expect([read('docsPage.html.br').length < 450_000, read('docsPage.html.gzip').length < 500_000]).toEqual([true, true]);
    // A response of Lambda is 6 MiB at most, JSON around it included.
    expect(JSON.stringify(html).length).toBeLessThan(5_500_000);
  });

  it('is the same bytes and tags each time, and others for another renderer', () => {
    const renderer = { script: 'a', style: 'b' };
    expect(makeDocsPage(renderer)).toEqual(makeDocsPage(renderer));
    const [one, other] = [makeDocsPage(renderer), makeDocsPage({ ...renderer, style: 'c' })].map((made) => JSON.parse(Buffer.from(made[2]?.contents ?? []).toString()) as DocsPageFacts);
    const tags = [...Object.values(one?.etags ?? {}), ...Object.values(other?.etags ?? {})];
    expect([tags.length, new Set(tags).size]).toEqual([6, 6]);
  });
});
