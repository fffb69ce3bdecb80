import { describe, expect, test } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { root } from "../../workers/root.ts";
import { TEST_SETTINGS, testCtx } from "../support/ctx.ts";

const BOX = { DEV_MAILBOX_URL: "http://127.0.0.1:1", RESEND_API_KEY: "re_local_key" };
const PRODUCTION = {
  ...TEST_SETTINGS,
  DATABASE_URL: "postgres://u:p@db.xsema.example/x",
  PUBLIC_URL: "https://xsema.example",
  MAIL_DRIVER: "none",
  DEMO_MARKET: "off",
};
const MAIL = {
  to: "ann@xsema.example",
  subject: "Confirm <b>",
  text: "Hello,\n\nhttps://x.example/?token=abc\n\n<script>alert(1)</script>",
  html: '<p>"quoted"</p>',
  sent_at: "2026-01-01T00:00:00.000Z",
};
const assets = { fetch: async () => new Response("nothing", { status: 404 }) };

async function ask(
  ctx: Partial<Ctx>,
  path = "/dev/mailbox",
  init: RequestInit = {},
  host = "127.0.0.1:8787",
) {
  return root.fetch(new Request(`http://${host}${path}`, init), { ctx: testCtx(ctx), assets });
}

function local(mails = [MAIL]) {
  const asked: string[] = [];
  const fetch: Ctx["fetch"] = async (input, init) => {
    const request = new Request(input, init);
    asked.push(`${request.headers.get("authorization")} ${request.url}`);
    return Response.json({ data: mails.map((mail) => ({ id: "1", idempotency_key: "k", ...mail })) });
  };
  return { asked, ctx: { fetch, config: parseConfig({ ...TEST_SETTINGS, ...BOX }) } };
}

describe("the local mailbox", () => {
  test("is read as JSON with exactly what a mail is", async () => {
    const { ctx, asked } = local();
    const answer = await ask(ctx, "/dev/mailbox?to=ann%40xsema.example&limit=3");
    expect([answer.status, await answer.json()]).toEqual([200, { data: [MAIL] }]);
    expect(asked).toEqual(["Bearer re_local_key http://127.0.0.1:1/emails?limit=3&to=ann%40xsema.example"]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("is a page for browsers, with links to click and nothing of a mail that runs", async () => {
    const answer = await ask(local().ctx, "/dev/mailbox", { headers: { accept: "text/html,*/*" } });
    const page = await answer.text();
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page).toContain('<a href="https://x.example/?token=abc" rel="noreferrer">');
    expect(page).toContain("Confirm &lt;b&gt;");
    expect(page).not.toContain("<script>");
    expect(page).toContain('<iframe sandbox="" srcdoc="&lt;p&gt;&quot;quoted&quot;&lt;/p&gt;"');
  });

  test("refuses a parameter that it does not know", async () => {
    expect((await ask(local().ctx, "/dev/mailbox?form=x")).status).toBe(422);
    expect((await ask(local().ctx, "/dev/mailbox?limit=0")).status).toBe(422);
  });

  test("opens under no foreign name, so that a page that resolves to this machine cannot read it", async () => {
    expect((await ask(local().ctx, "/dev/mailbox", {}, "evil.example")).status).toBe(404);
  });
});

describe("elsewhere the mailbox is not there", () => {
  test.each(["staging", "production"])("settings of %s that name a mailbox are refused", (ENVIRONMENT) => {
    expect(() => parseConfig({ ...PRODUCTION, ENVIRONMENT, ...BOX })).toThrow(
      "DEV_MAILBOX_URL is for the local platform only",
    );
  });

  test.each([
    ["staging", parseConfig({ ...PRODUCTION, ENVIRONMENT: "staging" })],
    ["production", parseConfig({ ...PRODUCTION, ENVIRONMENT: "production" })],
    // Even if the check of the settings let it through.
    ["production with a mailbox", { ...parseConfig({ ...PRODUCTION, ENVIRONMENT: "production" }), ...BOX }],
    ["a local one without a mailbox", parseConfig(TEST_SETTINGS)],
  ])("in %s its path answers as any other that leads nowhere, whatever the method", async (_name, config) => {
    for (const method of ["GET", "HEAD", "POST", "DELETE"]) {
      const [asked, other] = await Promise.all(
        ["/dev/mailbox", "/dev/nothing"].map((path) => ask({ config }, path, { method })),
      );
      expect([method, asked?.status]).toEqual([method, 404]);
      expect((await asked?.text())?.replaceAll("mailbox", "nothing")).toBe(await other?.text());
      expect([...(asked?.headers ?? [])]).toEqual([...(other?.headers ?? [])]);
    }
  });

  test("it does not stand in the API document", async () => {
    const document = await (await ask(local().ctx, "/api/openapi.json")).text();
    expect(document).not.toContain("mailbox");
  });
});
