import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDevVars } from "../../../scripts/local/dev-vars.ts";
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
    });
    expect(config.INGEST_TOKEN).toHaveLength(43);
    expect(await loadDevVars(file)).toEqual(first);
  });

  it("gets the secrets that are missing and keeps every word that stands in it", async () => {
    const before = 'OPENSEA_API_KEY="a key # of mine"\n# a remark';
    await writeFile(file, before);
    const vars = await loadDevVars(file);
    expect(await readFile(file, "utf8")).toMatch(
      /^OPENSEA_API_KEY="a key # of mine"\n# a remark\n# .*\nINGEST_TOKEN=/,
    );
    expect(vars).toMatchObject({ OPENSEA_API_KEY: "a key # of mine" });
  });

  it("is not touched where nothing is missing", async () => {
    const mine = { INGEST_TOKEN: "mine".repeat(10), MASTER_KEY: "also mine" };
    const before = `INGEST_TOKEN=${mine.INGEST_TOKEN}\nMASTER_KEY="${mine.MASTER_KEY}"`;
    await writeFile(file, before);
    expect(await loadDevVars(file)).toEqual(mine);
    expect(await readFile(file, "utf8")).toBe(before);
  });

  it("counts an empty value as missing", async () => {
    await writeFile(file, "INGEST_TOKEN=\n");
    expect((await loadDevVars(file)).INGEST_TOKEN).toHaveLength(43);
  });

  it("makes another secret on every machine", async () => {
    const other = await loadDevVars(join(dir, "other"));
    expect((await loadDevVars(file)).INGEST_TOKEN).not.toBe(other.INGEST_TOKEN);
  });
});
