import { execFileSync, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ID = "msg_0198c7e2b6a47d3f9c1e5a7b8d2f4e60";
const AT = 1_795_251_518;
const BODY =
  '{"type":"market.sale","timestamp":"2026-11-21T08:58:38.123Z","data":{"seq": 7, "price": "1.50", "name": "Zoë"}}';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "webhook-verify-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Signed by the library of Standard Webhooks, not by us. */
const signed = (body = BODY, { secret = SECRET, id = ID, at = AT } = {}) =>
  new Webhook(secret).sign(id, new Date(at * 1000), body);

interface Saved {
  body?: string | Buffer;
  headers?: Record<string, string | undefined>;
  secret?: string;
  at?: number | string;
  more?: string[];
}

/** Asks about a request; name only what is unusual about it. */
function ask({ body = BODY, headers = {}, secret = SECRET, at = AT, more = [] }: Saved = {}) {
  const all = {
    "webhook-id": ID,
    "webhook-timestamp": String(AT),
    "webhook-signature": signed(),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  const file = join(folder, "request.http");
  writeFileSync(
    file,
    Buffer.concat([Buffer.from(`POST /hooks HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`), Buffer.from(body)]),
  );
  return run(["--secret", secret, "--at", String(at), ...more, file]);
}

function run(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/webhook-verify.mjs", ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { status, out: stdout, error: stderr };
}

const hmacOf = (key: string | Buffer, content: string, encoding: "base64" | "hex" = "base64") =>
  createHmac("sha256", key).update(content).digest(encoding);
const CONTENT = `${ID}.${AT}.${BODY}`;
const KEY = Buffer.from(SECRET.slice(6), "base64");

describe("xsema-webhook-verify", () => {
  it("says that a request verifies, from one file or from headers and body apart, and ends with 0", () => {
    expect(ask()).toMatchObject({ status: 0, out: "It verifies.\n" });
    const [headers, body] = [join(folder, "headers.json"), join(folder, "body.json")];
    writeFileSync(
      headers,
      JSON.stringify({ "Webhook-Id": ID, "webhook-timestamp": AT, "webhook-signature": signed() }),
    );
    writeFileSync(body, BODY);
    const apart = ["--headers", headers, "--body", body, "--at", "2026-11-21T08:58:38Z"];
    expect(run([...apart, "--secret", SECRET])).toMatchObject({ status: 0, out: "It verifies.\n" });
    expect(run(apart, { WEBHOOK_SECRET: SECRET })).toMatchObject({ status: 0 });
  });

  it("agrees with the known answer of the specification", () => {
    const known = ask({
      body: '{"test": 2432232314}',
      headers: {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      },
      at: 1_614_265_330,
    });
    expect(known.status).toBe(0);
  });

  it("runs under plain Node without anything installed", () => {
    const empty = mkdtempSync(join(tmpdir(), "webhook-verify-bare-"));
    execFileSync("cp", ["-r", "scripts/webhook-verify.mjs", "scripts/webhook-verify", empty]);
    const bare = spawnSync(process.execPath, ["webhook-verify.mjs", "--help"], {
      cwd: empty,
      encoding: "utf8",
    });
    rmSync(empty, { recursive: true });
    expect(bare).toMatchObject({ status: 0, stderr: "" });
  });

  it.each<[string, Saved, string]>([
    ["a secret that is no base64", { secret: "whsec_MfKQ9r8G!YqrTwjU" }, 'is not base64: it has "!" in it'],
    ["a secret in base64url", { secret: OTHER.replace("A", "-") }, "as in base64url"],
    ["a secret that was cut at an impossible place", { secret: `${SECRET}A` }, "its length is impossible"],
    ["a secret that was cut", { secret: "whsec_MfKQ9r8GKYqr" }, "decodes to 9 bytes; it must be 24 to 64"],
    ["a secret that is too long", { secret: `whsec_${"A".repeat(100)}` }, "decodes to 75 bytes"],
    ["an empty secret", { secret: "" }, "The secret is empty"],
    [
      "an asymmetric key",
      { secret: "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
      "key for asymmetric signatures",
    ],
    ["a missing id", { headers: { "webhook-id": undefined } }, "The header webhook-id is missing"],
    ["a missing timestamp", { headers: { "webhook-timestamp": undefined } }, "webhook-timestamp is missing"],
    [
      "a missing signature beside one of Svix",
      { headers: { "webhook-signature": undefined, "svix-signature": signed() } },
      "webhook-signature is missing. There is one of Svix",
    ],
    ["an old timestamp", { at: AT + 301 }, "is 5 min 1 s old, 1 s beyond the tolerance of 300 s"],
    ["a timestamp of tomorrow", { at: AT - 90_000 }, "is 25 h 0 min in the future, 24 h 55 min beyond"],
    ["milliseconds", { headers: { "webhook-timestamp": `${AT}000` } }, "that is in milliseconds"],
    [
      "a timestamp that is a date",
      { headers: { "webhook-timestamp": "2026-11-21" } },
      "must be whole seconds",
    ],
    ["a BOM", { body: `\uFEFF${BODY}` }, "has a byte order mark (BOM) at its beginning"],
    ["a line break at the end", { body: `${BODY}\n` }, "a line break was added at its end"],
    [
      "CRLF",
      { body: "{\r\n}", headers: { "webhook-signature": signed("{\n}") } },
      "its line breaks became CRLF; they were LF",
    ],
    [
      "LF for CRLF",
      { body: "{\n}", headers: { "webhook-signature": signed("{\r\n}") } },
      "its line breaks became LF; they were CRLF",
    ],
    [
      "a body that was parsed and serialised",
      { body: JSON.stringify(JSON.parse(BODY)) },
      "parsed and serialised again",
    ],
    [
      "the same, indented",
      { body: JSON.stringify(JSON.parse(BODY), null, 2) },
      "parsed and serialised again",
    ],
    [
      "the same, where compact JSON was signed",
      {
        body: JSON.stringify(JSON.parse(BODY), null, 2),
        headers: { "webhook-signature": signed(JSON.stringify(JSON.parse(BODY))) },
      },
      "parsed and serialised again",
    ],
    [
      "chunks",
      { body: `${Buffer.byteLength(BODY).toString(16)}\r\n${BODY}\r\n0\r\n\r\n` },
      "it is still in chunks",
    ],
    [
      "a signature with the undecoded secret",
      { headers: { "webhook-signature": `v1,${hmacOf(SECRET.slice(6), CONTENT)}` } },
      "with the undecoded secret: the text after whsec_",
    ],
    [
      "a signature with the whole text of the secret",
      { headers: { "webhook-signature": `v1,${hmacOf(SECRET, CONTENT)}` } },
      "the whole text, whsec_ included",
    ],
    [
      "a signature with an empty key",
      { headers: { "webhook-signature": `v1,${hmacOf("", CONTENT)}` } },
      "with an empty key",
    ],
    [
      "a signature for another id that stands in the request",
      { headers: { "webhook-signature": signed(BODY, { id: "msg_2" }), "x-message": "msg_2" } },
      `for another id: msg_2, and webhook-id says ${ID}`,
    ],
    [
      "a signature for another id that is named",
      {
        headers: { "webhook-signature": signed(BODY, { id: "other" }) },
        more: ["--id", "x", "--id", "other"],
      },
      "for another id: other",
    ],
    [
      "a signature for the body alone",
      { headers: { "webhook-signature": `v1,${hmacOf(KEY, BODY)}` } },
      "for the body alone",
    ],
    [
      "a signature of another scheme",
      { headers: { "webhook-signature": `sha256=${hmacOf(KEY, CONTENT, "hex")}` } },
      "is of another scheme (sha256=hex)",
    ],
    [
      "a hexadecimal signature",
      { headers: { "webhook-signature": `v1,${hmacOf(KEY, CONTENT, "hex")}` } },
      "is in hexadecimal; it must be base64",
    ],
    [
      "a signature without its version",
      { headers: { "webhook-signature": signed().slice(3) } },
      "has no version",
    ],
    ["a signature that was cut", { headers: { "webhook-signature": signed().slice(0, 20) } }, "not 32"],
    [
      "a v1a signature alone",
      { headers: { "webhook-signature": "v1a,hnO3f9T8Ytu9" } },
      "There is a v1a signature",
    ],
    ["a version that nobody knows", { headers: { "webhook-signature": "v9,AAAA" } }, "version v9 is unknown"],
    ["another secret", { secret: OTHER }, "Either the secret is another one"],
    ["a changed body", { body: BODY.replace("1.50", "1.51") }, "nothing that is usually wrong makes it fit"],
  ])("says what is wrong with %s, and ends with 1", (_what, saved, diagnosis) => {
    const { status, out } = ask(saved);
    expect(out).toMatch(/^It does not verify\.\n/);
    const problems = out.split("\n").filter((line) => line.startsWith("- "));
    expect(
      problems.some((problem) => problem.includes(diagnosis)),
      out,
    ).toBe(true);
    expect(status).toBe(1);
  });

  it("takes any of several signatures, and says which", () => {
    const both = { "webhook-signature": `${signed(BODY, { secret: OTHER })} v1a,AAAA ${signed()}` };
    const { status, out } = ask({ headers: both });
    expect(status).toBe(0);
    expect(out).toContain("There are 2 signatures, as while a secret is rotated; number 2 is by this secret");
  });

  it.each([
    ["without whsec_", SECRET.slice(6), "does not begin with whsec_"],
    ["with v1, before it", `v1,${SECRET}`, 'begins with "v1,"'],
    ["in quotes", `"${SECRET}"`, "stands in quotes"],
    ["with a line break after it", `${SECRET}\n`, "spaces or a line break around it"],
  ])("takes a secret %s, and says so", (_how, secret, note) => {
    const { status, out } = ask({ secret });
    expect(status).toBe(0);
    expect(out).toContain(note);
  });

  it("notes a body that is not as long as it was sent", () => {
    expect(ask({ body: BODY.slice(0, 40), headers: { "content-length": "112" } }).out).toContain(
      "content-length says 112 bytes, and the body has 40",
    );
  });

  it.each([
    ["no request", ["--secret", SECRET], "Name a request"],
    ["no secret", ["x.http"], "Name the secret"],
    ["a file that is not there", ["--secret", SECRET, "/nowhere.http"], "cannot be read"],
    ["headers without a body", ["--secret", SECRET, "--headers", "x"], "go together"],
    ["an unknown option", ["--sekret", SECRET], "Unknown option"],
    ["a time that is none", ["--secret", SECRET, "--at", "noon", "x"], "is no time"],
  ])("ends with 2 where it is given %s", (_what, args, message) => {
    const { status, error } = run(args, { WEBHOOK_SECRET: "" });
    expect(error).toContain(message);
    expect(status).toBe(2);
  });
});
