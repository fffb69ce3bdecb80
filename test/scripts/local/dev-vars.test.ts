import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDevVars } from "../../../scripts/local/dev-vars.ts";
import { faultOfKey, newKeyText } from "../../../shared/auth/api-keys/key-text.ts";
import { parseConfig } from "../../../shared/platform/config.ts";

describe(".dev.vars", () => {
  let dir: string;
  let file: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "xsema-vars-"));
    file = join(dir, ".dev.vars");
  });
  afterEach(() => rm(dir, { recursive: true }));

  it("is made once, for its owner only, with secrets that the configuration accepts", async () => {
    const first = await loadDevVars(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const config = parseConfig({
      ...first,
      ENVIRONMENT: "production",
      DATABASE_URL: "postgres://a:b@db.test/x",
      PUBLIC_URL: "https://xsema.test",
      MAIL_DRIVER: "none",
      VAPID_CONTACT: "mailto:ops@xsema.test",
    });
    expect(config.VAPID_PRIVATE_KEY).toHaveLength(43);
    expect(config.METRICS_TOKEN).toHaveLength(43);
    expect(config.MASTER_KEY).toHaveLength(43);
    expect(faultOfKey(first.INGEST_API_KEY ?? "")).toBeNull();
    expect(await loadDevVars(file)).toEqual(first);
  });

  it("gets the secrets that are missing and keeps every word that stands in it", async () => {
    const before = 'OPENSEA_API_KEY="a key # of mine"\n# a remark';
    await writeFile(file, before);
    const vars = await loadDevVars(file);
    expect(await readFile(file, "utf8")).toMatch(
      /^OPENSEA_API_KEY="a key # of mine"\n# a remark\n# .*\nMASTER_KEY=.{43}\n# .*\nINGEST_API_KEY=xs_live_.*\n# .*\nVAPID_PRIVATE_KEY=.{43}\n# .*\nMETRICS_TOKEN=.{43}\n$/,
    );
    expect(vars).toMatchObject({ OPENSEA_API_KEY: "a key # of mine" });
  });

  it("is not touched where nothing is missing", async () => {
    const mine = {
      INGEST_API_KEY: newKeyText(),
      MASTER_KEY: "also mine",
      VAPID_PRIVATE_KEY: "mine too",
      METRICS_TOKEN: "mine again",
    };
    const before = `INGEST_API_KEY=${mine.INGEST_API_KEY}\nMASTER_KEY="${mine.MASTER_KEY}"\nVAPID_PRIVATE_KEY="mine too"\nMETRICS_TOKEN="mine again"`;
    await writeFile(file, before);
    expect(await loadDevVars(file)).toEqual(mine);
    expect(await readFile(file, "utf8")).toBe(before);
  });

  it("is refused with a mistyped API key, which is not shown", async () => {
    const key = newKeyText();
    await writeFile(file, `INGEST_API_KEY=${key.slice(0, -1)}-\n`);
    const loading = loadDevVars(file);
    await expect(loading).rejects.toThrow(/^INGEST_API_KEY in .* is no API key/);
    await expect(loading).rejects.not.toThrow(key.slice(8, 40));
  });

  it("counts an empty value as missing", async () => {
    await writeFile(file, "MASTER_KEY=\n");
    expect((await loadDevVars(file)).MASTER_KEY).toHaveLength(43);
  });

  it("never gets a new master key beside data that another one sealed, and is named", async () => {
    const options = { findSealed: async () => "the data folder /srv/xsema" };
    await expect(loadDevVars(file, options)).rejects.toMatchObject({
      name: "StartupError",
      message: expect.stringMatching(
        /^\/.*\.dev\.vars is missing, but the data folder \/srv\/xsema needs the MASTER_KEY /,
      ),
    });
    // Half of it was written.
    await writeFile(file, "# Settings\nINGEST_API_KEY=\n");
    await expect(loadDevVars(file, options)).rejects.toThrow(
      /^There is no MASTER_KEY in .*\.dev\.vars, but /,
    );
    expect(await readFile(file, "utf8")).toBe("# Settings\nINGEST_API_KEY=\n");
    await writeFile(file, "MASTER_KEY=there\n");
    expect(await loadDevVars(file, options)).toMatchObject({ MASTER_KEY: "there" });
  });

  it("holds nothing that the environment sets, and asks for nothing then", async () => {
    const vars = await loadDevVars(file, {
      given: { MASTER_KEY: "of the environment" },
      findSealed: async () => "the data folder /srv/xsema",
    });
    expect(Object.keys(vars).toSorted()).toEqual(["INGEST_API_KEY", "METRICS_TOKEN", "VAPID_PRIVATE_KEY"]);
  });

  it("is one file for many that start at once", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => loadDevVars(file)));
    expect(new Set(all.map((vars) => JSON.stringify(vars))).size).toBe(1);
    expect(await readdir(dir)).toEqual([".dev.vars"]);
  });

  it("is refused in one line where it is a folder", async () => {
    await mkdir(file);
    await expect(loadDevVars(file)).rejects.toThrow(/cannot be used: it is a folder, not a file\.$/);
  });

  it("makes another secret on every machine", async () => {
    const other = await loadDevVars(join(dir, "other"));
    const mine = await loadDevVars(file);
    expect(mine.MASTER_KEY).not.toBe(other.MASTER_KEY);
    expect(mine.VAPID_PRIVATE_KEY).not.toBe(other.VAPID_PRIVATE_KEY);
    expect(mine.INGEST_API_KEY).not.toBe(other.INGEST_API_KEY);
  });
});
