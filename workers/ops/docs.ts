import { html } from "hono/html";
import { type AppContext, createApp } from "../../shared/platform/http/app.ts";
import { PAGE_STYLE, REDOC_SCRIPT, SWAGGER_SCRIPT, THEME_SCRIPT } from "./docs-assets.ts";

/** Pages that show `/api/openapi.json`; their scripts are files of this deployment (`scripts/build-web.ts`). */
export const docsApp = createApp();

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";

const PAGES = [
  { path: "/api/docs", name: "Swagger UI" },
  { path: "/api/redoc", name: "ReDoc" },
] as const;

/** A page around one element that a script of this deployment fills, with the way back to the app. */
function viewerPage(
  c: AppContext,
  { title, element, parts }: { title: string; element: string; parts: ReturnType<typeof html> },
) {
  c.header("content-security-policy", CSP);
  const links = PAGES.map(({ path, name }) =>
    c.req.path === path
      ? html`<a href="${path}" aria-current="page">${name}</a>`
      : html`<a href="${path}">${name}</a>`,
  );
  return c.html(html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="/favicon.svg" />
        <title>${title}</title>
        <script src="/theme-boot.js"></script>
        <script src="/api/docs/theme.js"></script>
      </head>
      <body>
        <header class="bar">
          <a class="home" href="/"><img src="/favicon.svg" width="20" height="20" alt="" />XSEMA</a>
          ${links}
          <a href="/api/openapi.json">openapi.json</a>
          <button type="button" id="theme">Change theme</button>
        </header>
        <main id="${element}"></main>
        ${parts}
        <link rel="stylesheet" href="/api/docs/page.css" />
      </body>
    </html>`);
}

docsApp.get("/api/docs", (c) =>
  viewerPage(c, {
    title: "XSEMA API",
    element: "swagger",
    parts: html`<link rel="stylesheet" href="/assets/swagger/swagger-ui.css" />
      <script src="/assets/swagger/swagger-ui-bundle.js"></script>
      <script src="/api/docs/start.js"></script>`,
  }),
);

docsApp.get("/api/redoc", (c) =>
  viewerPage(c, {
    title: "XSEMA API reference",
    element: "redoc",
    parts: html`<script src="/assets/redoc/redoc.standalone.js"></script>
      <script src="/api/redoc/start.js"></script>`,
  }),
);

const file = (path: string, type: "javascript" | "css", text: string) =>
  docsApp.get(path, (c) => c.body(text, 200, { "content-type": `text/${type}; charset=utf-8` }));

file("/api/docs/theme.js", "javascript", THEME_SCRIPT);
file("/api/docs/page.css", "css", PAGE_STYLE);
file("/api/docs/start.js", "javascript", SWAGGER_SCRIPT);
file("/api/redoc/start.js", "javascript", REDOC_SCRIPT);
