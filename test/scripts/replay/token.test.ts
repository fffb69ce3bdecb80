import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findToken } from "../../../scripts/replay/token.ts";

const LOCAL = "http://127.0.0.1:8787";
let folder: string;
let devVars: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "replay-token-"));
  devVars = join(folder, ".dev.vars");
  await writeFile(
    devVars,
    '# made at the first start\nENVIRONMENT=local\nINGEST_TOKEN=of-before\nINGEST_API_KEY="from-file"\n',
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe("the token of a replay", () => {
  it("is the flag's, then the environment's, then the one of this machine's platform", async () => {
    const env = { INGEST_API_KEY: "from-env", INGEST_TOKEN: "of-before" };
    expect(await findToken({ token: "from-flag", url: LOCAL, env, devVars })).toBe("from-flag");
    expect(await findToken({ url: LOCAL, env, devVars })).toBe("from-env");
    expect(await findToken({ url: LOCAL, env: {}, devVars })).toBe("from-file");
    expect(await findToken({ url: "http://localhost:1", env: {}, devVars })).toBe("from-file");
  });

  it("of this machine is never sent elsewhere", async () => {
    const asked = findToken({ url: "https://xsema.example.org", env: {}, devVars });
    await expect(asked).rejects.toThrow("No API key for https://xsema.example.org");
  });

  it("is asked for where there is none", async () => {
    const asked = findToken({ url: LOCAL, env: {}, devVars: join(folder, "none") });
    await expect(asked).rejects.toThrow("npm start writes it there");
  });
});
