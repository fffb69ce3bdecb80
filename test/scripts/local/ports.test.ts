import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { checkPort, findPort } from "../../../scripts/local/ports.ts";

it("finds a port that can be listened on and that no outgoing connection is given", async () => {
  const port = await findPort();
  expect(port).toBeLessThan(32_768);
  await checkPort(port);
});

it("refuses a port that something listens on", async () => {
  const port = await findPort();
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  await expect(checkPort(port)).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another program`);
  server.close();
});
