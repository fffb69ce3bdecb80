import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { mails, users } from "../../../shared/db/schema/index.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { type MailDriver, MailNotTaken, type OutgoingMail } from "../../../shared/mail/mail-driver.ts";
import { sendMail } from "../../../shared/mail/send-mail.ts";
import { sweepMails } from "../../../shared/mail/sweep-mails.ts";
import { verifyEmailMail } from "../../../shared/mail/templates/verify-email.ts";
import { createLog } from "../../../shared/platform/log.ts";
import { testCtx } from "../../support/ctx.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { insertUser } from "../../support/webhooks.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const MINUTE = 60_000;
const TO = "ann@xsema.example";

/** A carrier that does as it is told, and a clock to move. */
class Post implements MailDriver {
  now = START;
  readonly tries: { mail: OutgoingMail; at: number }[] = [];
  answer: () => Promise<void> = async () => {};
  async send(mail: OutgoingMail): Promise<void> {
    this.tries.push({ mail, at: this.now });
    await this.answer();
  }
}

describeOnEachBackend("the outbox", (backend) => {
  const open = (post: Post | null = new Post()) => {
    const lines: string[] = [];
    const queued: unknown[] = [];
    const works: Promise<unknown>[] = [];
    const ctx = testCtx({
      db: backend.db,
      transact: backend.transact,
      mail: post,
      now: () => post?.now ?? START,
      log: createLog("info", {}, undefined, (line) => lines.push(line)),
      queue: { send: async (message) => queued.push(message) },
      later: (work) => works.push(work),
    });
    const put = () =>
      backend.transact((tx) =>
        enqueueMail(tx, ctx, "verify_email", {
          to: TO,
          ...verifyEmailMail({ name: "Ann", link: "https://x.example/?token=t0ken" }),
        }),
      );
    const read = async (id: string) => (await backend.db.select().from(mails).where(eq(mails.id, id)))[0];
    return { ctx, lines, queued, works, put, read, post: post ?? new Post() };
  };

  test("a mail that its reader may not read any more is dropped, and one about the account goes all the same", async () => {
    const { ctx, put, read, post } = open();
    const user_id = await insertUser(backend.db);
    const mail = { to: TO, subject: "s", text: "t", html: "h" };
    const forReader = { user_id, needs: "alerts:read" as const };
    const id = await backend.transact((tx) => enqueueMail(tx, ctx, "notification", mail, forReader));
    await backend.db.update(users).set({ status: "suspended" }).where(eq(users.id, user_id));
    await sendMail(ctx, id);
    expect(post.tries).toEqual([]);
    expect(await read(id)).toMatchObject({
      ...{ content: null, failed_at: expect.any(String), sent_at: null },
      last_error: "its reader's account is suspended",
    });
    await sendMail(ctx, await put());
    expect(post.tries).toHaveLength(1);
  });

  test("a mail is sent with what was put in, under its own id, and its content is erased", async () => {
    const { ctx, put, read, post } = open();
    const id = await put();
    expect((await read(id))?.content).not.toContain("t0ken");
    await sendMail(ctx, id);
    expect(post.tries).toMatchObject([{ mail: { id, to: TO, from: "XSEMA <xsema@localhost>" } }]);
    expect(post.tries[0]?.mail.html).toContain("token=t0ken");
    expect(await read(id)).toMatchObject({ content: null, failed_at: null, attempts: 1 });
    expect((await read(id))?.sent_at).not.toBeNull();
  });

  test("a mail that is handed out many times at once, and again later, is sent once", async () => {
    const { ctx, put, post } = open();
    const id = await put();
    await Promise.all(Array.from({ length: 6 }, () => sendMail(ctx, id)));
    post.now += 10 * MINUTE;
    await sendMail(ctx, id);
    expect(post.tries).toHaveLength(1);
  });

  test("a mail whose worker died while sending is sent by a later one, not before its lease ends", async () => {
    const { ctx, put, post } = open();
    const id = await put();
    // The first one never comes back.
    post.answer = () => new Promise(() => {});
    void sendMail(ctx, id);
    await expect.poll(() => post.tries.length).toBe(1);
    post.answer = async () => {};
    post.now += MINUTE;
    await sendMail(ctx, id);
    expect(post.tries).toHaveLength(1);
    post.now += MINUTE;
    await sendMail(ctx, id);
    expect(post.tries).toHaveLength(2);
  });

  test("what fails is tried eight times over almost eight hours, ever further apart, then given up in one error line", async () => {
    const { ctx, lines, put, read, post } = open();
    post.answer = async () => {
      throw new MailNotTaken("Resend answered 503 application_error", { final: false });
    };
    const id = await put();
    for (; post.now < START + 24 * 60 * MINUTE; post.now += 15_000) {
      const due = await backend.db.select().from(mails).where(eq(mails.id, id));
      if (Date.parse(due[0]?.next_attempt_at ?? "") > post.now) {
        post.now = Date.parse(due[0]?.next_attempt_at ?? "") - 15_000;
        continue;
      }
      await sendMail(ctx, id);
      if ((await read(id))?.failed_at) break;
    }
    const minutes = post.tries.map(({ at }) => (at - START) / MINUTE);
    expect(minutes).toEqual([0, 0.5, 2.5, 12.5, 42.5, 102.5, 222.5, 462.5]);
    expect(await read(id)).toMatchObject({ content: null, sent_at: null, attempts: 8 });
    expect(lines.filter((line) => line.includes('"level":"error"'))).toHaveLength(1);
    expect(lines.join()).not.toMatch(/ann@|t0ken/);
  });

  test("a mail that will never be taken is given up at once", async () => {
    const { ctx, put, read, post } = open();
    post.answer = async () => {
      throw new MailNotTaken("Resend answered 422 validation_error", { final: true });
    };
    const id = await put();
    await sendMail(ctx, id);
    expect(await read(id)).toMatchObject({
      content: null,
      attempts: 1,
      last_error: "Resend answered 422 validation_error",
    });
    expect((await read(id))?.failed_at).not.toBeNull();
  });

  test("the wait that a service asks for is heeded up to an hour", async () => {
    const { ctx, put, read, post } = open();
    const asked = [10 * MINUTE, 600 * MINUTE];
    post.answer = async () => {
      throw new MailNotTaken("Resend answered 429", { final: false, retry_after_ms: asked.shift() });
    };
    const id = await put();
    await sendMail(ctx, id);
    expect(Date.parse((await read(id))?.next_attempt_at ?? "")).toBe(START + 10 * MINUTE);
    post.now += 10 * MINUTE;
    await sendMail(ctx, id);
    expect(Date.parse((await read(id))?.next_attempt_at ?? "")).toBe(post.now + 60 * MINUTE);
  });

  test("where nothing carries mails, a mail is dropped with its content and without an error", async () => {
    const { ctx, lines, put, read } = open(null);
    const noDriver = { ...ctx, mail: null };
    const id = await put();
    await sendMail(noDriver, id);
    expect(await read(id)).toMatchObject({ content: null, sent_at: null });
    expect((await read(id))?.failed_at).not.toBeNull();
    expect(lines.join()).not.toContain('"level":"error"');
  });

  test("a tick queues what is due, at most a hundred, and forgets what was done a month ago", async () => {
    const { ctx, queued, works, put, read, post } = open();
    const old = await put();
    await sendMail(ctx, old);
    post.now += 31 * 24 * 60 * MINUTE;
    const sent = await put();
    await sendMail(ctx, sent);
    const rows = Array.from({ length: 102 }, (_, n) => ({
      id: `mal_${n}`,
      kind: "verify_email",
      content: "sealed",
      created_at: new Date(post.now).toISOString(),
      next_attempt_at: new Date(post.now - (n === 101 ? -1 : n)).toISOString(),
    }));
    await backend.db.insert(mails).values(rows);
    await sweepMails(ctx);
    await Promise.all(works);
    expect(queued).toHaveLength(100);
    expect(JSON.stringify(queued)).not.toContain('"mal_101"');
    expect(await read(old)).toBeUndefined();
    expect(await read(sent)).toBeDefined();
  });
});
