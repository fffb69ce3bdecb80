import { afterAll, beforeAll, expect, it } from "vitest";
import { parseConfig } from "../../../shared/platform/config.ts";
import { checkUrl } from "../../../workers/webhooks/endpoints/check-url.ts";
import { TEST_SETTINGS, testCtx } from "../../support/ctx.ts";
import { type Receiver, startReceiver } from "../../support/receiver.ts";

/** What the resolver knows, by type and name. */
const RECORDS: Record<string, string[]> = {
  "A good.example.com": ["93.184.216.34"],
  "A inside.example.com": ["127.0.0.1"],
  "A mixed.example.com": ["93.184.216.34"],
  "AAAA mixed.example.com": ["::ffff:10.0.0.1"],
  "A metadata.example.com": ["169.254.169.254"],
};
const TYPES: Record<string, number> = { A: 1, AAAA: 28 };

let resolver: Receiver;
beforeAll(async () => {
  resolver = await startReceiver((response, { path }) => {
    const { searchParams } = new URL(path, "http://resolver");
    const [name, type] = [searchParams.get("name") ?? "", searchParams.get("type") ?? ""];
    if (name === "broken.example.com") return void response.writeHead(500).end();
    const Answer = (RECORDS[`${type} ${name}`] ?? []).map((data) => ({ name, type: TYPES[type], data }));
    response.setHeader("content-type", "application/dns-json");
    response.end(JSON.stringify({ Status: Answer.length === 0 ? 3 : 0, Answer }));
  });
});
afterAll(() => resolver.stop());

/** What a new webhook at `host` is refused with; `null`: it is not. */
async function refusalOf(host: string, dns = resolver.url): Promise<unknown> {
  const config = parseConfig({ ...TEST_SETTINGS, WEBHOOK_DNS_URL: dns });
  const checked = checkUrl(testCtx({ config, fetch: (...given) => fetch(...given) }), `https://${host}/hook`);
  return checked.then(
    () => null,
    (error: unknown) => error,
  );
}

it.each([
  ["inside.example.com", "127.0.0.1"],
  ["inside.example.com.", "127.0.0.1"],
  ["metadata.example.com", "169.254.169.254"],
  ["mixed.example.com", "::ffff:10.0.0.1"],
])("refuses a webhook whose name %s leads to %s, and says so at /url", async (host, address) => {
  const message = `${host.replace(/\.$/, "")} leads to ${address}, which is not a public address`;
  expect(await refusalOf(host)).toMatchObject({
    code: "invalid_request",
    message: `url: ${message}.`,
    details: [{ pointer: "/url", message }],
  });
});

it("takes a name that leads to public addresses, and one that cannot be looked up now", async () => {
  expect(await refusalOf("good.example.com")).toBeNull();
  expect(await refusalOf("nowhere.example.com")).toBeNull();
  expect(await refusalOf("broken.example.com")).toBeNull();
});

it("asks nobody where the look-up is turned off", async () => {
  const asked = resolver.received.length;
  expect(await refusalOf("inside.example.com", "off")).toBeNull();
  expect(resolver.received).toHaveLength(asked);
});
