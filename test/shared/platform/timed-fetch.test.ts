import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { timedFetch } from "../../../shared/platform/timed-fetch.ts";

const server = createServer((request, response) => {
  if (request.url === "/hang") return;
  response.writeHead(201, { "x-kept": "yes" });
  if (request.url === "/half") response.write("half of it");
  else response.end("all of it");
});
let url = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("an answer comes whole, with its status and headers", async () => {
  const answer = await timedFetch(fetch, `${url}/`, {}, 5000);
  expect(answer.status).toBe(201);
  expect(answer.headers.get("x-kept")).toBe("yes");
  expect(await answer.text()).toBe("all of it");
});

test.each(["/hang", "/half"])("an answer that does not end (%s) is given up", async (path) => {
  await expect(timedFetch(fetch, url + path, {}, 50)).rejects.toMatchObject({ name: "TimeoutError" });
});

test("no timer is left behind", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  await timedFetch(fetch, `${url}/`, {}, 60_000);
  expect(timers()).toBeLessThanOrEqual(before);
});
