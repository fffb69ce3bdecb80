import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withDeadline } from "../../../shared/platform/deadline.ts";

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

const read = (path: string, ms: number) =>
  withDeadline(ms, async (signal) => (await fetch(url + path, { signal })).text());

test("work that ends in time answers as it would alone", async () => {
  expect(await read("/", 5000)).toBe("all of it");
  await expect(withDeadline(5000, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
});

test.each(["/hang", "/half"])("an answer that does not end (%s) is given up", async (path) => {
  await expect(read(path, 50)).rejects.toMatchObject({ name: "TimeoutError" });
});

test("work that does not listen to its signal is given up too", async () => {
  await expect(withDeadline(20, () => new Promise(() => undefined))).rejects.toMatchObject({
    name: "TimeoutError",
  });
});

test("no timer is left behind", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  await read("/", 60_000);
  expect(timers()).toBeLessThanOrEqual(before);
});
