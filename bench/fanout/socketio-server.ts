import { createServer } from "node:http";
import { Server } from "socket.io";
import type { ChildMessage } from "./protocol.ts";
import { listen, openPublishEndpoint } from "./publish-endpoint.ts";

/** Socket.IO as its documentation has it: one `emit` an event to everybody. */
const server = createServer();
const io = new Server(server, { transports: ["websocket"], perMessageDeflate: false });
const publish_port = await openPublishEndpoint((event) => io.emit("event", event));
const message: ChildMessage = { type: "listening", port: await listen(server), publish_port };
process.send?.(message);
