import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { z } from "zod";

const Package = z.object({ version: z.string() });
const { version } = Package.parse(
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")),
);

/** Everything the page needs comes from where it came from itself. `public/_headers` says the same. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** In the document, so that it holds wherever the page is served; not in development, which needs inline scripts. */
const contentSecurityPolicy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
      injectTo: "head-prepend",
    },
  ],
};

const PLATFORM = "http://127.0.0.1:8787";

export default defineConfig(({ command }) => {
  // A build is a build, also when a test runner asks for it: React is twice as large and slow otherwise.
  if (command === "build") process.env.NODE_ENV = "production";
  return {
    root: import.meta.dirname,
    plugins: [react(), contentSecurityPolicy],
    define: { __APP_VERSION__: JSON.stringify(version) },
    build: {
      outDir: "../dist/web",
      emptyOutDir: true,
      assetsDir: "assets",
      target: "es2022",
    },
    server: { proxy: { "/api": { target: PLATFORM, ws: true } } },
  };
});
