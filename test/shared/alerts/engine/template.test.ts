import { describe, expect, it } from "vitest";
import { type MessageContext, renderMessage } from "../../../../shared/alerts/engine/template.ts";

const context = (
  over: Partial<Omit<MessageContext, "fields">> & { fields?: object } = {},
): MessageContext => ({
  labels: { collection: "cryptopunks" },
  value: "39.9",
  health: "ok",
  at: "2026-01-05T00:00:00.000Z",
  currency: "ETH",
  unit: null,
  ...over,
  fields: {
    ...{ name: "Punks", metric: "market.floor", condition: "value", operator: "<", threshold: "40" },
    ...{ window: null, for: "0s", level: "warning" },
    ...over.fields,
  },
});

describe("an alert's message", () => {
  it.each<[string, Parameters<typeof context>[0]]>([
    ["The floor of cryptopunks is 39.9 ETH, below 40.", {}],
    ["The floor of cryptopunks is 41 ETH, no longer below 40.", { value: "41" }],
    ["The floor of cryptopunks is 33.3333 ETH, below 40.", { value: "33.333333333333333333" }],
    ["The floor of cryptopunks is 0.00001 ETH, below 40.", { value: "0.00001" }],
    ["The floor of cryptopunks has no value.", { value: null, health: "no_data" }],
    ["The floor of cryptopunks could not be read.", { value: null, health: "error" }],
    [
      "The floor of cryptopunks fell by 12.5 % within 1h; the limit is -10 %.",
      {
        value: "-12.5",
        fields: { condition: "change_percent", operator: "<=", threshold: "-10", window: "1h" },
      },
    ],
    [
      "The floor of cryptopunks fell by 17.86 % within 1h; the limit is -10 %.",
      {
        value: "-17.857142857142857143",
        fields: { condition: "change_percent", operator: "<=", threshold: "-10", window: "1h" },
      },
    ],
    [
      "The floor of cryptopunks: nothing came for 10m.",
      {
        value: null,
        health: "no_data",
        fields: { condition: "absence", operator: null, threshold: null, for: "10m" },
      },
    ],
    [
      "Disk use of web-1 (mount /) is 93 %, above 90.",
      {
        labels: { host: "web-1", mount: "/" },
        value: "93",
        fields: { metric: "host.disk_percent", operator: ">", threshold: "90" },
      },
    ],
    [
      "checkout.latency (service pay) is 123.4567 ms, above 100.",
      {
        labels: { service: "pay" },
        value: "123.4567",
        unit: "milliseconds",
        fields: { metric: "checkout.latency", operator: ">", threshold: "100" },
      },
    ],
    [
      "heap (service pay) is 1.15 GiB, above 953.67 MiB.",
      {
        labels: { service: "pay" },
        value: "1234567890",
        unit: "bytes",
        fields: { metric: "heap", operator: ">", threshold: "1000000000" },
      },
    ],
    [
      "Received network traffic of web-1 is 512 bytes/s, below 1 KiB/s.",
      {
        labels: { host: "web-1" },
        value: "512",
        fields: {
          metric: "host.network_receive_bytes_per_second",
          operator: "<",
          threshold: "1024",
        },
      },
    ],
    [
      "greenhouse.humidity is 3, other than 2.",
      { labels: {}, value: "3", fields: { metric: "greenhouse.humidity", operator: "!=", threshold: "2" } },
    ],
  ])("%s", (expected, over) => {
    expect(renderMessage(null, context(over))).toBe(expected);
  });

  it("fills in what a template names, as text", () => {
    const all =
      "{{name}} {{ metric }} {{value}} {{operator}} {{threshold}} {{unit}} {{level}} {{at}} {{labels.collection}}";
    expect(renderMessage(all, context())).toBe(
      "Punks market.floor 39.9 < 40 ETH warning 2026-01-05T00:00:00.000Z cryptopunks",
    );
    expect(renderMessage("{{value}}{{labels.host}}{{labels.constructor}}", context({ value: null }))).toBe(
      "no value",
    );
  });

  it("does not look at what was filled in again", () => {
    expect(
      renderMessage("{{labels.collection}}", context({ labels: { collection: "{{name}} $& $1" } })),
    ).toBe("{{name}} $& $1");
  });

  it("has an end", () => {
    const long = context({ labels: { collection: "x".repeat(200) } });
    expect(renderMessage("{{labels.collection}}".repeat(40), long)).toHaveLength(2000);
  });
});
