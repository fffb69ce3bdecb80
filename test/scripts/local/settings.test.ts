import { describe, expect, it } from "vitest";
import { ROOT } from "../../../scripts/local/paths.ts";
import { readStartSettings } from "../../../scripts/local/settings.ts";
import { TEST_SETTINGS } from "../../support/ctx.ts";

const { MASTER_KEY } = TEST_SETTINGS;
const SECRETS = { MASTER_KEY };
const read = (env: Record<string, string>, devVars: Record<string, string> = SECRETS) =>
  readStartSettings(env, devVars);

describe("the settings of a start", () => {
  it("have a default for everything", () => {
    expect(read({})).toEqual({
      port: 8787,
      dataDir: `${ROOT}.data`,
      databaseUrl: undefined,
      adminEmail: "admin@localhost",
      ingestKey: undefined,
      vars: { ...SECRETS, DEMO_MARKET: "on" },
    });
  });

  it("come from the environment before .dev.vars before the defaults", () => {
    const devVars = {
      ...SECRETS,
      DEMO_MARKET: "off",
      LOG_LEVEL: "warn",
      DATABASE_URL: "postgres://a@b/from_file",
    };
    const settings = read(
      { LOG_LEVEL: "debug", PORT: "0", DATABASE_URL: "postgres://a@b/from_env" },
      devVars,
    );
    expect(settings).toMatchObject({
      port: 0,
      databaseUrl: "postgres://a@b/from_env",
      vars: { DEMO_MARKET: "off", LOG_LEVEL: "debug" },
    });
    expect(read({}, devVars).databaseUrl).toBe("postgres://a@b/from_file");
  });

  it("take nothing into the worker that the environment happens to hold", () => {
    expect(read({ HOME: "/root", SECRET: "x", ENVIRONMENT: "production" }).vars).toEqual({
      ...SECRETS,
      DEMO_MARKET: "on",
    });
  });

  it("hand the platform its own, and the worker nothing of them nor of an earlier version", () => {
    const settings = read(
      { ADMIN_EMAIL: "ann@example.org" },
      { ...SECRETS, INGEST_API_KEY: "xs_live_…", ADMIN_EMAIL: "bob@example.org", INGEST_TOKEN: "of before" },
    );
    expect(settings).toMatchObject({ adminEmail: "ann@example.org", ingestKey: "xs_live_…" });
    expect(settings.vars).toEqual({ ...SECRETS, DEMO_MARKET: "on" });
  });

  it("refuse an administrator's address that is none", () => {
    expect(() => read({ ADMIN_EMAIL: "ann" })).toThrow(/ADMIN_EMAIL must be an e-mail address, not "ann"/);
  });

  it("take an empty value for none", () => {
    expect(read({ DEMO_MARKET: "", PORT: "", DATABASE_URL: "" })).toMatchObject({
      port: 8787,
      databaseUrl: undefined,
      adminEmail: "admin@localhost",
      ingestKey: undefined,
      vars: { DEMO_MARKET: "on" },
    });
  });

  it("name everything that is wrong in one message", () => {
    const wrong = () => read({ DEMO_MARKET: "maybe", DATABASE_URL: "mysql://x/y", LOG_LEVEL: "loud" }, {});
    for (const name of ["DEMO_MARKET", "DATABASE_URL", "LOG_LEVEL", "MASTER_KEY"])
      expect(wrong).toThrow(name);
  });

  it.each(["http", "70000", "-1", "87.87"])("refuse %s as a port", (port) => {
    expect(() => read({ PORT: port })).toThrow(/PORT must be a number/);
  });
});
