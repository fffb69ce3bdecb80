import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { type Mailbox, startMailbox } from "../../../scripts/local/mailbox.ts";
import { MailNotTaken } from "../../../shared/mail/mail-driver.ts";
import { createResendDriver } from "../../../shared/mail/resend.ts";

let folder: string;
let file: string;
let box: Mailbox;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "xsema-mailbox-"));
  file = join(folder, "mailbox.json");
  box = await startMailbox({ file });
});
afterEach(async () => {
  await box.stop();
  await rm(folder, { recursive: true });
});

const mail = (id: string, to = "ann@xsema.example") => ({
  id,
  from: "XSEMA <xsema@localhost>",
  to,
  subject: `mail ${id}`,
  text: "words",
  html: "<p>words</p>",
});
const send = (outgoing: ReturnType<typeof mail>, key = box.key) =>
  createResendDriver({ url: box.url, key, fetch }).send(outgoing);

const Shown = z.object({ data: z.array(z.object({ to: z.string(), subject: z.string() })) });
async function show(query = ""): Promise<string[]> {
  const answer = await fetch(`${box.url}/emails${query}`, {
    headers: { authorization: `Bearer ${box.key}` },
  });
  return Shown.parse(await answer.json()).data.map(({ subject }) => subject);
}

test("takes what the production driver sends, and shows the newest first", async () => {
  await send(mail("1"));
  await send(mail("2", "bob@xsema.example"));
  await send(mail("3"));
  expect(await show()).toEqual(["mail 3", "mail 2", "mail 1"]);
  expect(await show("?to=Ann@xsema.example")).toEqual(["mail 3", "mail 1"]);
  expect(await show("?limit=1")).toEqual(["mail 3"]);
});

test.each(["admin@localhost", "jörg@xsema.example", "ann@bücher.example", "ann+1@xsema.example"])(
  "takes mail to %s, as an account may be called",
  async (to) => {
    await send(mail("1", to));
    expect(await show(`?to=${encodeURIComponent(to)}`)).toEqual(["mail 1"]);
  },
);

test("takes a mail once, however often it is sent under one id", async () => {
  await Promise.all([send(mail("1")), send(mail("1"))]);
  await send(mail("1"));
  expect(await show()).toEqual(["mail 1"]);
});

test("refuses who does not show its key, to write as well as to read", async () => {
  await expect(send(mail("1"), "re_other")).rejects.toMatchObject({
    message: "Resend answered 403 invalid_api_key",
    final: false,
  });
  expect((await fetch(`${box.url}/emails`)).status).toBe(403);
  expect(await show()).toEqual([]);
});

test("refuses an address that is none, for good", async () => {
  const refused = await send(mail("1", "nobody")).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(MailNotTaken);
  expect(refused).toMatchObject({ message: "Resend answered 422 validation_error", final: true });
});

test("keeps at most 200 mails, in a file that only its owner reads, for the next start", async () => {
  for (let n = 1; n <= 203; n++) await send(mail(String(n)));
  await box.stop();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, "utf8"))).toHaveLength(200);
  box = await startMailbox({ file });
  const shown = await show();
  expect([shown.length, shown[0], shown.at(-1)]).toEqual([200, "mail 203", "mail 4"]);
});
