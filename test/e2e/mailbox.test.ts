import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { mails } from "../../shared/db/schema/index.ts";
import { enqueueMail } from "../../shared/mail/enqueue-mail.ts";
import { verifyEmailMail } from "../../shared/mail/templates/verify-email.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { getJson, until } from "../support/api.ts";
import { MASTER_KEY, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

let platform: Platform;
let ctx: Ctx;

beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY } });
  ctx = platformCtx(platform);
}, 120_000);
afterAll(() => platform?.stop());

const Mailbox = z.object({
  data: z.array(
    z.strictObject({
      to: z.string(),
      subject: z.string(),
      text: z.string(),
      html: z.string(),
      sent_at: z.string(),
    }),
  ),
});
const read = async (query: string) =>
  Mailbox.parse(await getJson(`${platform.url}/dev/mailbox${query}`)).data;
const put = (to: string) =>
  ctx.transact((tx) =>
    enqueueMail(tx, ctx, "verify_email", {
      to,
      ...verifyEmailMail({ name: "Ann", link: `${platform.url}/verify-email?token=abc` }),
    }),
  );

test("a mail of the outbox is found by the next tick, sent once, and shown at /dev/mailbox", async () => {
  const id = await put("ann@xsema.example");
  await put("bob@xsema.example");
  await Promise.all([platform.tick(), platform.tick()]);
  const [mail] = await until(
    () => read("?to=ann@xsema.example"),
    (found) => found.length > 0,
  );
  expect(mail?.text).toContain("/verify-email?token=abc");
  await until(
    () => read(""),
    (found) => found.length === 2,
  );
  await platform.tick();
  expect(await read("?to=ann@xsema.example")).toHaveLength(1);
  const [row] = await ctx.db.select().from(mails).where(eq(mails.id, id));
  expect(row).toMatchObject({ content: null, attempts: 1, failed_at: null });
  const logs = platform.recentLogs().join("\n");
  expect(logs).toContain("a mail was sent");
  expect(logs).not.toMatch(/ann@xsema|token=abc/);
});

test("the mailbox is a page for browsers, and stands neither in the API document nor open to other names", async () => {
  const page = await fetch(`${platform.url}/dev/mailbox`, { headers: { accept: "text/html" } });
  expect(page.headers.get("content-type")).toMatch(/^text\/html/);
  expect(await page.text()).toContain('token=abc" rel="noreferrer"');
  expect(JSON.stringify(await getJson(`${platform.url}/api/openapi.json`))).not.toContain("mailbox");
});
