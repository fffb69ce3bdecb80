import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfigError, parseConfig, SettingNames } from "../../../shared/platform/config.ts";
import { TEST_SETTINGS } from "../../support/ctx.ts";

const ACCOUNTS = {
  MASTER_KEY: "q7RzT0bXw2LkN9sVfYc4HjE6uGdPmA1oI3xKZ5yWt8Q",
  PUBLIC_URL: "https://market.example.org",
};
const production = {
  ENVIRONMENT: "production",
  DATABASE_URL: "postgres://user:word@ep-cool.eu-central-1.aws.neon.tech/market",
  ...ACCOUNTS,
  MAIL_DRIVER: "none",
};

/** What is wrong with these settings, a line each. */
function problemsOf(settings: Record<string, unknown>): string[] {
  try {
    parseConfig(settings);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test("every missing setting is named in one error", () => {
  expect(problemsOf({})).toEqual([
    expect.stringContaining("ENVIRONMENT"),
    expect.stringContaining("DATABASE_URL is missing"),
    expect.stringContaining("MASTER_KEY is missing"),
    expect.stringContaining("PUBLIC_URL is missing"),
  ]);
});

test("empty text counts as not set, and defaults are filled in", () => {
  const config = parseConfig({ ...production, OPENSEA_API_KEY: "", LOG_LEVEL: "" });
  expect(config).toMatchObject({ LOG_LEVEL: "info", DEMO_MARKET: "off" });
  expect(config.OPENSEA_API_KEY).toBeUndefined();
});

test("an error never shows a value", () => {
  expect(problemsOf({ ...production, MASTER_KEY: "hunter2" }).join()).not.toContain("hunter2");
});

describe("weak or misplaced settings are refused", () => {
  test.each([
    ["a database on this machine", { DATABASE_URL: "postgres://u:p@127.0.0.1/db" }, "DATABASE_URL"],
    [
      "a database address that no driver could read",
      { DATABASE_URL: "postgres://u:p#q@h/db" },
      "DATABASE_URL",
    ],
    ["a database that is no address", { DATABASE_URL: "junk" }, "DATABASE_URL"],
    ["a database without a name", { DATABASE_URL: "postgres://u:p@db.example.org" }, "DATABASE_URL"],
    ["a local endpoint", { DATABASE_ENDPOINT: "http://127.0.0.1:4444" }, "DATABASE_ENDPOINT"],
    ["an unencrypted provider", { OPENSEA_API_URL: "http://api.opensea.io" }, "OPENSEA_API_URL"],
    ["a master key of one letter", { MASTER_KEY: "a".repeat(43) }, "MASTER_KEY"],
    ["a master key of too few bytes", { MASTER_KEY: TEST_SETTINGS.MASTER_KEY.slice(1) }, "MASTER_KEY"],
    ["an unencrypted address of its own", { PUBLIC_URL: "http://xsema.example.org" }, "PUBLIC_URL"],
    ["a local mailbox", { DEV_MAILBOX_URL: "http://127.0.0.1:4445" }, "DEV_MAILBOX_URL"],
    ["mail that nobody chose", { MAIL_DRIVER: undefined }, "MAIL_DRIVER"],
    ["mail from nowhere", { MAIL_DRIVER: "cloudflare" }, "MAIL_FROM"],
    ["Resend without a key", { MAIL_DRIVER: "resend", MAIL_FROM: "a@b.example" }, "RESEND_API_KEY"],
    [
      "a client's address from a header that clients can send",
      { CLIENT_ADDRESS_HEADER: "x-real-ip" },
      "CLIENT_ADDRESS_HEADER",
    ],
    ["admins who made themselves", { DEFAULT_ROLE: "admin" }, "DEFAULT_ROLE"],
    ["the simulated market", { DEMO_MARKET: "on" }, "DEMO_MARKET"],
    ["collections without a key", { OPENSEA_COLLECTIONS: "doodles-official" }, "OPENSEA_API_KEY"],
    [
      "a collection that is no slug",
      { OPENSEA_COLLECTIONS: "Bored Apes", OPENSEA_API_KEY: "a-test-key" },
      "OPENSEA_COLLECTIONS",
    ],
  ])("in production: %s", (_what, settings, name) => {
    expect(problemsOf({ ...production, ...settings }).join("\n")).toContain(name);
  });

  test.each([
    "postgres://localhost/db",
    "postgres://u:p@localhost:5432/db",
    "postgresql://u:p%40h@LOCALHOST./db",
    "postgres://db.localhost/db",
    "postgres://127.0.0.1/db",
    "postgres://127.8.9.10:5432/db?sslmode=require",
    "postgres://u@127.1/db",
    "postgres://u@2130706433/db",
    "postgres://[::1]/db",
    "postgres://u:p@[0:0:0:0:0:0:0:1]:5432/db",
    "postgres://[::ffff:127.0.0.1]/db",
    "postgres://[::]/db",
    "postgres://0.0.0.0/db",
    "postgres:///db",
  ])("in production: the database of this machine, %s", (DATABASE_URL) => {
    expect(problemsOf({ ...production, DATABASE_URL }).join()).toContain("DATABASE_URL");
  });

  test.each([
    "postgres://user:localhost@db.example.org/market",
    "postgres://user:p%40127.0.0.1@db.example.org/market",
    "postgres://localhost.example.org/market",
    "postgres://u@10.0.0.1/127.0.0.1",
    "postgres://u@[2001:db8::1]/market",
    "postgres://u@[::ffff:10.0.0.1]/market",
  ])("but not the database of another one, %s", (DATABASE_URL) => {
    expect(problemsOf({ ...production, DATABASE_URL })).toEqual([]);
  });

  test("and what is local may stay local", () => {
    const settings = {
      ...TEST_SETTINGS,
      DATABASE_URL: "postgres://u:p@127.0.0.1/db",
      DATABASE_ENDPOINT: "http://127.0.0.1:4444",
      DEV_MAILBOX_URL: "http://127.0.0.1:4445",
      DEMO_MARKET: "on",
    };
    expect(problemsOf(settings)).toEqual([]);
  });
});

test("docs/configuration.md names every setting of the worker, and none that is gone", () => {
  const [, worker = ""] = readFileSync("docs/configuration.md", "utf8").split("\n## The worker\n");
  const [tables = ""] = worker.split("\n## ");
  const named = [...tables.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
  expect(named.toSorted()).toEqual([...SettingNames, "VERSION"].toSorted());
});
