import { createHash } from 'node:crypto';

/** The reference page: one document with all it needs in it. */
export interface DocsPage {
  readonly html: string;
  /** Its `Content-Security-Policy`: scripts and style sheet by their hashes, and no host but its own. */
  readonly policy: string;
}

/** Swagger UI, as its package ships it. */
export interface Renderer {
  /** Defines `SwaggerUIBundle`. */
  readonly script: string;
  readonly style: string;
}

// What the renderer leaves without a name that a screen reader could say, or gives another than it shows.
const NAMES = {
  '#servers': 'Server',
  '.examples-select-element': 'Example',
  '.parameters-col_description select': 'Value',
  '.body-param__text': 'Request body',
  '.close-modal': 'Close',
  '.modal-btn.authorize': 'Authorize',
  '.modal-btn:not(.authorize, .btn-done)': 'Logout',
};

// The document, and the API itself, stand beside the page, below whatever base path the page has.
const START = `
const here = new URL('.', location.href);
const darkness = matchMedia('(prefers-color-scheme: dark)');
const followSystem = () => document.documentElement.classList.toggle('dark-mode', darkness.matches);
darkness.addEventListener('change', followSystem);
followSystem();
const names = ${JSON.stringify(NAMES)};
const mendControls = () => {
  for (const [selector, name] of Object.entries(names))
    for (const element of document.querySelectorAll(selector + ':not([aria-label="' + name + '"])')) element.setAttribute('aria-label', name);
  for (const element of document.querySelectorAll('pre.microlight:not([tabindex])')) element.tabIndex = 0; // it scrolls
  // An answer stands below what was sent: off the screen, if nobody brings it there.
  for (const element of document.querySelectorAll('.live-responses-table .response:not([data-shown])')) {
    element.dataset.shown = '';
    element.scrollIntoView({ block: 'nearest' });
  }
};
new MutationObserver(mendControls).observe(document.querySelector('#reference'), { childList: true, subtree: true, attributes: true, attributeFilter: ['class'] });
fetch(new URL('openapi.json', here))
  .then((response) => response.json())
  .then((document) => {
    const servers = [{ url: here.href.replace(/\\/$/, '') }];
    SwaggerUIBundle({
      dom_id: '#reference',
      spec: { ...document, servers },
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      syntaxHighlight: { theme: 'obsidian' },
      persistAuthorization: false,
      tryItOutEnabled: true,
      validatorUrl: null,
    });
  })
  .catch(() => {
    document.querySelector('#reference').textContent = 'The document could not be loaded. Reload the page to try again.';
  });
`;

// Colours of the renderer's own that are too faint to read (WCAG 2.2, 1.4.3).
const STYLE = `
body { margin: 0; }
noscript { display: block; padding: 2rem; font-family: system-ui, sans-serif; }
/* Links between answers are for generated clients; a phone has no room for their column. */
.swagger-ui .response-col_links { display: none; }
.swagger-ui .info .title small { background: #565c6a; }
.swagger-ui .info .title small.version-stamp { background-color: #3f6600; }
.swagger-ui .opblock.opblock-post .opblock-summary-method { background: #0f7444; }
.swagger-ui .opblock.opblock-get .opblock-summary-method { background: #1a62ab; }
.swagger-ui .btn.execute { background-color: #1a62ab; border-color: #1a62ab; color: #fff; }
.swagger-ui .download-contents { background: #565c6a; }
html:not(.dark-mode) .swagger-ui .link, html:not(.dark-mode) .swagger-ui a { color: #1a5fa8; }
html:not(.dark-mode) .swagger-ui .btn.authorize { border-color: #0c6b3e; color: #0c6b3e; }
html:not(.dark-mode) .swagger-ui .btn.authorize svg { fill: #0c6b3e; }
html:not(.dark-mode) .swagger-ui .btn.cancel { border-color: #b3261e; color: #b3261e; }
html:not(.dark-mode) .swagger-ui .parameter__in { color: #575757; }
html.dark-mode .swagger-ui .header-col, html.dark-mode .swagger-ui .examples-select__section-label { color: #e4e6e6; }
html.dark-mode .swagger-ui .opblock .opblock-section-header .try-out__btn.cancel { border-color: #ff9c9c; color: #ff9c9c; }
`;

/** What would end an inline script early, spelled so that it means the same in strings, templates and expressions. */
function escapeScript(source: string): string {
  return source.replaceAll(/<(?=!--|\/?script)/gi, String.raw`\x3c`);
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The page around a renderer, for `GET /docs`. */
export function renderDocsPage(renderer: Renderer): DocsPage {
  const scripts = [escapeScript(renderer.script), START];
  const style = renderer.style + STYLE;
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(hashOf).join(' ')}`,
    `style-src ${hashOf(style)}`,
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
<style>${style}</style>
</head>
<body>
<noscript>This reference needs JavaScript. The same as a document: <a href="openapi.json">openapi.json</a></noscript>
<div id="reference"></div>
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
  return { html, policy };
}
