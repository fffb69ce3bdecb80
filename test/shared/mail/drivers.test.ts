import { expect, test } from "vitest";
import { createMailDriver } from "../../../shared/mail/create-mail-driver.ts";
import type { OutgoingMail } from "../../../shared/mail/mail-driver.ts";

const mail: OutgoingMail = {
  id: "mal_1",
  from: "XSEMA <post@xsema.example>",
  to: "ann@xsema.example",
  subject: "s",
  text: "t",
  html: "<p>t</p>",
};
const settings = {
  MAIL_DRIVER: "resend" as const,
  RESEND_API_URL: "https://api.resend.example/",
  RESEND_API_KEY: "re_123456789",
};

function resend(answer: () => Response | Promise<Response>) {
  const asked: Request[] = [];
  const driver = createMailDriver(settings, {
    binding: undefined,
    fetch: async (input, init) => {
      asked.push(new Request(input, init));
      return answer();
    },
  });
  return { asked, send: () => driver?.send(mail) };
}

test("Resend is asked as its API wants it, with the mail's id as the key that makes it send once", async () => {
  const { asked, send } = resend(() => Response.json({ id: "49a3999c" }));
  await send();
  const [request] = asked;
  expect([request?.method, request?.url]).toEqual(["POST", "https://api.resend.example/emails"]);
  expect(request?.headers.get("authorization")).toBe("Bearer re_123456789");
  expect(request?.headers.get("idempotency-key")).toBe("mal_1");
  expect(await request?.json()).toEqual({
    from: "XSEMA <post@xsema.example>",
    to: ["ann@xsema.example"],
    subject: "s",
    text: "t",
    html: "<p>t</p>",
  });
});

test.each([
  [400, true],
  [401, false],
  [403, false],
  [409, false],
  [413, true],
  [422, true],
  [429, false],
  [500, false],
  [503, false],
])("Resend's answer %i is final: %s", async (status, final) => {
  const refusal = { name: "some_error", message: "ann@xsema.example is not good" };
  const { send } = resend(() => Response.json(refusal, { status, headers: { "retry-after": "7" } }));
  await expect(send()).rejects.toMatchObject({
    message: `Resend answered ${status} some_error`,
    final,
    retry_after_ms: 7000,
  });
});

test("an answer of Resend that is no JSON is told by its status", async () => {
  const { send } = resend(() => new Response("<html>ann@xsema.example</html>", { status: 502 }));
  await expect(send()).rejects.toThrow("Resend answered 502 without a name");
});

function cloudflare(answer: (message: unknown) => Promise<unknown>, from = mail.from) {
  const driver = createMailDriver(
    { ...settings, MAIL_DRIVER: "cloudflare" },
    { binding: { send: answer }, fetch: () => Promise.reject(new Error("not asked")) },
  );
  return () => driver?.send({ ...mail, from });
}

test.each([
  ["XSEMA <post@xsema.example>", { name: "XSEMA", email: "post@xsema.example" }],
  ['"The X" <post@xsema.example>', { name: "The X", email: "post@xsema.example" }],
  ["post@xsema.example", "post@xsema.example"],
  ["<post@xsema.example>", "post@xsema.example"],
])("Cloudflare's binding is told the sender %s in its own way", async (from, told) => {
  let message: unknown;
  await cloudflare(async (given) => {
    message = given;
    return { messageId: "1" };
  }, from)();
  expect(message).toEqual({ from: told, to: "ann@xsema.example", subject: "s", text: "t", html: "<p>t</p>" });
});

test.each([
  ["E_RECIPIENT_SUPPRESSED", true],
  ["E_VALIDATION_ERROR", true],
  ["E_HEADERS_TOO_LARGE", true],
  ["E_RATE_LIMIT_EXCEEDED", false],
  ["E_DAILY_LIMIT_EXCEEDED", false],
  ["E_SENDER_NOT_VERIFIED", false],
  ["E_INTERNAL_SERVER_ERROR", false],
])("Cloudflare's %s is final: %s", async (code, final) => {
  const send = cloudflare(() => Promise.reject(Object.assign(new Error("ann@xsema.example"), { code })));
  await expect(send()).rejects.toMatchObject({ message: `Cloudflare answered ${code}`, final });
});

test("a deployment that forgot the binding keeps its mails for later", async () => {
  const driver = createMailDriver({ ...settings, MAIL_DRIVER: "cloudflare" }, { binding: undefined, fetch });
  await expect(driver?.send(mail)).rejects.toMatchObject({ final: false });
});

test.each(["none", undefined] as const)("with the driver %s nothing carries mails", (MAIL_DRIVER) => {
  expect(createMailDriver({ ...settings, MAIL_DRIVER }, { binding: undefined, fetch })).toBeNull();
});
