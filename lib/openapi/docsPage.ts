import { createHash } from 'node:crypto';

/** The reference page: one document with all it needs in it. */
export interface DocsPage {
  readonly html: string;
  /** Its `Content-Security-Policy`: the two scripts by their hashes, and no host but its own. */
  readonly policy: string;
}

// The document, and the API itself, stand beside the page, below whatever base path the page has.
const START = `
const here = new URL('.', location.href);
Scalar.createApiReference('#reference', {
  url: new URL('openapi.json', here).href,
  baseServerURL: here.href.replace(/\\/$/, ''),
  servers: [{ url: here.href.replace(/\\/$/, ''), description: 'Where this page comes from.' }],
  authentication: { preferredSecurityScheme: 'bearer' },
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  documentDownloadType: 'direct',
  defaultOpenAllTags: true,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  persistAuth: false,
  showDeveloperTools: 'never',
  telemetry: false,
  withDefaultFonts: false,
});
`;

const STYLE = `
:root { --scalar-font: system-ui, sans-serif; --scalar-font-code: ui-monospace, monospace; color-scheme: light dark; }
body { margin: 0; }
/* On a phone the client's second way to the operations would lie on its address. */
@media (max-width: 767px) { .scalar-sidebar-toggle { display: none; } }
noscript { display: block; padding: 2rem; font-family: system-ui, sans-serif; }
`;

/** What would end an inline script early, spelled so that it means the same in strings, templates and expressions. */
function escapeScript(source: string): string {
  return source.replaceAll(/<(?=!--|\/?script)/gi, String.raw`\x3c`);
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * The page around a renderer's script, for `GET /docs`.
 * @param rendererScript Scalar's standalone script, which defines `Scalar`
 */
export function renderDocsPage(rendererScript: string): DocsPage {
  const scripts = [escapeScript(rendererScript), START];
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(hashOf).join(' ')}`,
    // The renderer makes its style sheets as it runs, so that no hash can name them; a style runs nothing.
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>iotcloud-rest API reference</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<noscript>This reference needs JavaScript. The same as a document: <a href="openapi.json">openapi.json</a></noscript>
<main id="reference"></main>
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
  return { html, policy };
}
