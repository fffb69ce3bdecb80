import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import type { ChildMessage } from "./protocol.ts";
import { listen, openPublishEndpoint } from "./publish-endpoint.ts";

/** The plain peer: one `stringify` an event, one `send` a socket, nothing kept. */
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => socket.send("hello"));
const publish_port = await openPublishEndpoint((event) => {
  const text = JSON.stringify(event);
  for (const client of sockets.clients) client.send(text);
});
const message: ChildMessage = { type: "listening", port: await listen(server), publish_port };
process.send?.(message);
