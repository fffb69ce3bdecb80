import { expect, it } from "vitest";
import { newWebhookSecret } from "../../../shared/webhooks/secrets.ts";
import { sendMessage } from "../../../shared/webhooks/send.ts";
import { withoutPath } from "../../../shared/webhooks/without-path.ts";

const URL_WITH_CAPABILITY = "https://hooks.example.com/services/T0/s3cret?key=s3cret";

it.each([
  [`Failed to fetch ${URL_WITH_CAPABILITY}`, "Failed to fetch hooks.example.com"],
  ["no route to /services/T0/s3cret?key=s3cret", "no route to /…"],
  ["POST /services/T0/s3cret: reset", "POST /…: reset"],
  ["connection reset", "connection reset"],
])("an error says %j without what lets one in", (said, kept) => {
  expect(withoutPath(said, URL_WITH_CAPABILITY)).toBe(kept);
});

it("a webhook's attempt tells of a lost connection without the path of its address", async () => {
  const deps = {
    fetch: async () => {
      throw new TypeError(`Failed to fetch ${URL_WITH_CAPABILITY}`);
    },
    now: () => 0,
    rules: { own_host: "xsema.example", allow_local: false, ports: [443] },
    checkHost: async () => ({ refusal: null, unknown: null }),
    timeout_ms: 1000,
    version: "0",
  };
  const target = { url: URL_WITH_CAPABILITY, secrets: [newWebhookSecret()], headers: {} };
  const message = { id: "msg_1", body: "{}", trace_id: "t", traceparent: "p" };
  const { error, error_detail } = await sendMessage(deps, target, message);
  expect([error, error_detail]).toEqual([
    "connection",
    "The connection failed: Failed to fetch hooks.example.com",
  ]);
});
