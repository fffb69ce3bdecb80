import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An endpoint in a process of its own: tells its parent when what came (ms since 1970), and takes all but `/hang/…`. */
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    process.send?.({ id: request.headers["webhook-id"] ?? null, at: Date.now(), path: request.url });
    if (!request.url?.startsWith("/hang/")) response.writeHead(204).end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on("disconnect", () => process.exit(0));
