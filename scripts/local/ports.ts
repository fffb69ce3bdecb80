import { once } from "node:events";
import { createServer } from "node:net";
import { codeOf, messageOf, StartupError } from "./startup-error.ts";

/** @throws StartupError when something else listens on the port already, or may not be listened on. */
export async function checkPort(port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    const reason =
      codeOf(error) === "EADDRINUSE" ? "is taken by another program" : `cannot be used (${messageOf(error)})`;
    throw new StartupError(`Port ${port} on 127.0.0.1 ${reason}. Choose another one with PORT.`);
  }
  const closed = once(server, "close");
  server.close();
  await closed;
}
