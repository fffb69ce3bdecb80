import { html } from "hono/html";
import { type AppContext, createApp } from "../../shared/platform/http/app.ts";

/** Pages that show `/api/openapi.json`; their scripts are files of this deployment (`scripts/build-web.ts`). */
export const docsApp = createApp();

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";

/** A page around one element that a script of this deployment fills. */
function viewerPage(c: AppContext, title: string, element: string, parts: ReturnType<typeof html>) {
  c.header("content-security-policy", CSP);
  return c.html(html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="/favicon.svg" />
        <title>${title}</title>
      </head>
      <body>
        <div id="${element}"></div>
        ${parts}
      </body>
    </html>`);
}

docsApp.get("/api/docs", (c) =>
  viewerPage(
    c,
    "XSEMA API",
    "swagger",
    html`<link rel="stylesheet" href="/assets/swagger/swagger-ui.css" />
      <script src="/assets/swagger/swagger-ui-bundle.js"></script>
      <script src="/api/docs/start.js"></script>`,
  ),
);

docsApp.get("/api/docs/start.js", (c) => {
  c.header("content-type", "text/javascript; charset=utf-8");
  return c.body(
    `SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#swagger", deepLinking: true, validatorUrl: null });\n`,
  );
});

docsApp.get("/api/redoc", (c) =>
  viewerPage(
    c,
    "XSEMA API reference",
    "redoc",
    html`<script src="/assets/redoc/redoc.standalone.js"></script>
      <script src="/api/redoc/start.js"></script>`,
  ),
);

docsApp.get("/api/redoc/start.js", (c) => {
  c.header("content-type", "text/javascript; charset=utf-8");
  return c.body(
    `Redoc.init("/api/openapi.json", { hideLoading: true }, document.getElementById("redoc"));\n`,
  );
});
