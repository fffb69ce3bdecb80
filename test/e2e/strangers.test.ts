import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Platform } from "../../scripts/local/platform.ts";
import { openPlatform } from "../support/platform.ts";
import { portsOf } from "../support/ports.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await openPlatform({ vars: { PUBLIC_URL: "https://desk.example.org" } });
});
afterAll(() => platform?.stop());

/** Any headers, as a program sends them and a browser with a rebound name does. */
function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, headers }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

const ownPort = () => Number(new URL(platform.url).port);

test("it answers to the names of its machine and of PUBLIC_URL, and to no rebound name", async () => {
  for (const host of [
    "localhost:9000",
    "127.0.0.1",
    "[::1]:8787",
    "desk.example.org",
    "xsema.localhost:8787",
  ])
    expect({ host, status: (await ask(ownPort(), "/health", { host })).status }).toEqual({
      host,
      status: 200,
    });
  for (const host of [
    "evil.example",
    "127.0.0.1.evil.example:8787",
    "localhost.evil.example",
    "desk.example.org.evil.example",
  ])
    expect({ host, ...(await ask(ownPort(), "/health", { host })) }).toMatchObject({
      host,
      status: 421,
      text: expect.stringContaining("PUBLIC_URL"),
    });
});

test.runIf(process.platform === "linux")(
  "no port that it opens beside its own believes forged headers, serves a rebound name, or fires a cron",
  async () => {
    const ports = portsOf(process.pid);
    expect(ports).toContain(ownPort());
    expect(ports.length).toBeGreaterThan(2);
    for (const port of ports) {
      if (port !== ownPort()) expect((await ask(port, "/health")).status).toBeGreaterThanOrEqual(400);
      const status = async (path: string, headers?: Record<string, string>) =>
        `${port} ${path} ${(await ask(port, path, headers)).status}`;
      expect(await status("/health", { host: "evil.example" })).not.toMatch(/ [23]..$/);
      for (const [name, value] of [
        ["mf-original-url", "http://evil.example/health"],
        ["mf-original-url", "https://desk.example.org.evil.example/health"],
        ["mf-route-override", "worker"],
      ] as const)
        expect(await status("/nothing", { [name]: value })).not.toMatch(/ [23]..$/);
      for (const path of [
        "/cdn-cgi/handler/scheduled",
        "/cdn-cgi/mf/scheduled",
        "/cdn-cgi/explorer/",
        "/core/log",
      ])
        expect(await status(`${path}?cron=close+every+socket`)).not.toMatch(/ [23]..$/);
    }
    expect((await ask(ownPort(), "/health")).status).toBe(200);
  },
);
