import { get } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { openPlatform } from "../support/platform.ts";
import { CHROMIUM, launchBrowser, openPage } from "../web/support/browser.ts";

let platform: Platform;
/** A file whose name carries a hash, as the page names it. */
let script: string;
beforeAll(async () => {
  platform = await openPlatform({ buildWeb: true });
  const page = await (await fetch(platform.url)).text();
  script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? "";
});
afterAll(() => platform?.stop());

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const ask = (path: string, init?: RequestInit) => fetch(platform.url + path, { redirect: "manual", ...init });

describe("every answer carries the trace id and tells browsers what they must not do", () => {
  test.each([
    "/",
    "/?q=ape",
    "/c/cryptopunks",
    "/sign-in",
    "/index.html",
    "/favicon.svg",
    "/assets/redoc/redoc.standalone.js",
    "/api/docs",
    "/api/docs/start.js",
    "/api/redoc",
    "/api/openapi.json",
    "/api/v1/collections",
    "/api/v1/auth/me",
    "/.well-known/jwks.json",
    "/dev/mailbox",
    "/health",
    "/no/such/page",
    "/assets/no-such.js",
    "/api/v1/nothing",
  ])("%s", async (path) => {
    const answer = await ask(path, { headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` } });
    expect(answer.headers.get("x-trace-id")).toBe(TRACE);
    expect(answer.headers.get("traceparent")).toContain(TRACE);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("referrer-policy")).toMatch(/^(?:no-referrer|same-origin)$/);
    // Keys that verify tokens are everybody's.
    const open = path === "/.well-known/jwks.json" ? "*" : null;
    expect(answer.headers.get("access-control-allow-origin")).toBe(open);
    // One policy: a second one, after a comma, would hold beside it.
    const policy = answer.headers.get("content-security-policy")?.split(/; ?/);
    const none = ["default-src", "base-uri", "form-action", "frame-ancestors"].map(
      (name) => `${name} 'none'`,
    );
    expect(policy).toEqual(expect.arrayContaining(none));
    expect(policy?.join()).not.toMatch(/unsafe-eval|script-src[^,]*unsafe-inline|\*|http:/);
    // Nobody can take that back from a browser on this machine.
    expect(answer.headers.get("strict-transport-security")).toBeNull();
  });

  test("the page's policy is the same in its header and in itself", async () => {
    const answer = await ask("/");
    const [, inside = ""] =
      /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(await answer.text()) ?? [];
    const header = answer.headers.get("content-security-policy")?.split("; ") ?? [];
    // What a document cannot say of itself, and what `default-src` says already.
    const more = ["frame-ancestors 'none'", "object-src 'none'"];
    expect(header.filter((part) => !more.includes(part)).sort()).toEqual(
      inside.replaceAll("&#39;", "'").split("; ").sort(),
    );
  });

  test("a file that has not changed since", async () => {
    const etag = (await ask(script)).headers.get("etag") ?? "";
    const again = await ask(script, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
    expect(again.headers.get("x-trace-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(again.headers.get("etag")).toBe(etag);
  });

  test("a deployment that refuses to serve, whose files are not served either", async () => {
    const broken = await openPlatform({ vars: { PUBLIC_MARKET: "perhaps" } });
    try {
      for (const path of ["/", "/health", "/api/v1/collections"]) {
        const answer = await fetch(broken.url + path);
        expect(answer.status).toBe(503);
        expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
        expect(await answer.json()).toMatchObject({ trace_id: answer.headers.get("x-trace-id") });
      }
    } finally {
      await broken.stop();
    }
  });

  test("a socket that is opened", async () => {
    const headers = { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const key = { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
    const traceId = await new Promise((resolve, reject) => {
      get(`${platform.url}/api/v1/live`, { headers: { ...headers, ...key } })
        .on("upgrade", (answer, socket) => {
          socket.destroy();
          resolve(answer.headers["x-trace-id"]);
        })
        .on("response", ({ statusCode }) => reject(new Error(`answered with ${statusCode}`)))
        .on("error", reject);
    });
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("files of the page", () => {
  test("whose names carry a hash are kept for ever, others are asked for anew", async () => {
    expect(script).toMatch(/^\/assets\//);
    expect((await ask(script)).headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    for (const path of ["/", "/c/cryptopunks"])
      expect((await ask(path)).headers.get("cache-control")).toBe("public, max-age=0, must-revalidate");
    expect((await ask("/assets/redoc/redoc.standalone.js")).headers.get("cache-control")).toBeNull();
    expect((await ask("/c/cryptopunks")).headers.get("referrer-policy")).toBe("same-origin");
  });

  test("answer HEAD as they answer GET, without a body", async () => {
    for (const path of ["/", "/c/cryptopunks", "/c/cryptopunks/", script, "/assets/no-such.js"]) {
      const [got, asked] = [await ask(path), await ask(path, { method: "HEAD" })];
      expect([path, asked.status]).toEqual([path, got.status]);
      for (const name of ["content-type", "etag", "cache-control"])
        expect([path, asked.headers.get(name)]).toEqual([path, got.headers.get(name)]);
      expect(await asked.text()).toBe("");
    }
  });

  test("take no other method, and say which they take", async () => {
    for (const path of ["/", "/c/cryptopunks", script]) {
      const answer = await ask(path, { method: "POST", body: "x" });
      expect([path, answer.status]).toEqual([path, 405]);
      expect(answer.headers.get("allow")).toBe("GET, HEAD");
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
  });
});

test("the address of a collection shows the page, with and without a slash behind it", async () => {
  const page = await (await ask("/")).text();
  for (const path of ["/c/cryptopunks", "/c/cryptopunks/", "/c/no%20slug?x=1"]) {
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(page);
  }
});

test("where there is neither a page nor a file nor an operation, a problem says so", async () => {
  const Problem = z.object({ status: z.literal(404), detail: z.string(), trace_id: z.string() });
  for (const path of [
    "/c",
    "/c/",
    "/c/a/b",
    "/assets/no-such.js",
    "/assets/",
    "/_headers",
    "/api",
    "/api/x",
  ]) {
    const answer = await ask(path);
    expect([path, answer.status]).toEqual([path, 404]);
    const { trace_id, detail } = Problem.parse(await answer.json());
    expect(trace_id).toBe(answer.headers.get("x-trace-id"));
    expect(detail).toContain("There is nothing at");
  }
});

test("a person who opens an address that leads nowhere gets the page, with 404", async () => {
  const accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  const page = await (await ask("/")).text();
  for (const path of ["/nothing", "/c/a/b/c", "/alerts/rules/x/y", "/assets/no-such.js"]) {
    const answer = await ask(path, { headers: { accept, "if-none-match": "*" } });
    expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
      path,
      404,
      "text/html; charset=utf-8",
    ]);
    expect(await answer.text()).toBe(page);
  }
  const head = await ask("/nothing", { method: "HEAD", headers: { accept } });
  expect([head.status, head.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
  // What is of the API stays the API's, and who posts reads no pages.
  const problem = { status: 404, type: "application/problem+json" };
  const told = async (path: string, init?: RequestInit) => {
    const answer = await ask(path, { headers: { accept }, ...init });
    return { status: answer.status, type: answer.headers.get("content-type") };
  };
  expect(await told("/api/v1/nothing")).toEqual(problem);
  expect(await told("/nothing", { method: "POST", headers: { accept } })).toMatchObject({
    type: problem.type,
  });
});

test("the API's documents follow the app's theme and lead back to it", async () => {
  for (const path of ["/api/docs", "/api/redoc"]) {
    const page = await (await ask(path)).text();
    expect(page).toContain('<a class="home" href="/">');
    expect(page.indexOf("/theme-boot.js")).toBeLessThan(page.indexOf("/api/docs/theme.js"));
    for (const [, address = ""] of page.matchAll(/(?:src|href)="(\/[^"]+)"/g))
      expect([address, (await ask(address)).status]).toEqual([address, 200]);
  }
});

describe.skipIf(CHROMIUM === undefined)("the API's documents work under their policy", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  test("an operation can be tried out in Swagger UI", async () => {
    const { page, complaints } = await openPage(browser);
    // Of so many operations only those in view are there; a deep link goes to one and opens it.
    await page.goto(`${platform.url}/api/docs#/collections/listCollections`);
    const operation = page.locator("#operations-collections-listCollections");
    await operation.getByRole("button", { name: "Try it out" }).click();
    await operation.getByRole("button", { name: "Execute" }).click();
    await expect
      .poll(() => operation.locator(".live-responses-table .response-col_status").last().innerText(), {
        timeout: 15_000,
      })
      .toContain("200");
    await page.getByRole("button", { name: "Authorize" }).click();
    await page.locator(".auth-container input").first().fill("xs_live_x");
    await page.locator(".auth-btn-wrapper .authorize").first().click();
    await page.locator(".auth-btn-wrapper").getByText("Logout").first().waitFor();
    expect(complaints).toEqual([]);
  });

  test("both are dark where the system is, or where the app was told so", async () => {
    for (const [path, element] of [
      ["/api/docs", ".swagger-ui .info .title"],
      ["/api/redoc", "h1"],
    ]) {
      const { page } = await openPage(browser, { colorScheme: "dark" });
      await page.goto(platform.url + path);
      const heading = page.locator(element ?? "h1").first();
      const brightness = () =>
        heading.evaluate((node) => {
          const [r = 0, g = 0, b = 0] = getComputedStyle(node).color.match(/\d+/g)?.map(Number) ?? [];
          return r + g + b;
        });
      await expect.poll(brightness, { timeout: 45_000 }).toBeGreaterThan(450);
      await page.locator("#theme").click();
      await expect.poll(brightness, { timeout: 45_000 }).toBeLessThan(300);
      await page.locator(".home").click();
      await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe("light");
    }
  });

  test("ReDoc shows and searches them", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${platform.url}/api/redoc`);
    await page.getByRole("heading", { name: /XSEMA/ }).first().waitFor();
    await page.getByRole("textbox").first().fill("candles");
    await page
      .locator('[data-role="search:results"] label, [data-role="search:results"] li')
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
  });
});
