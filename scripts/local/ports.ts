import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { codeOf, messageOf, StartupError } from "./startup-error.ts";

/**
 * Below the ports that systems hand out for outgoing connections (Linux from 32768, others from 49152). A
 * server that goes away for a while must not have one of those: a client that keeps trying to reach it would
 * in the end be given that very port for its own side, and be connected with itself.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A port on 127.0.0.1 that nobody listens on and that no outgoing connection takes. */
export async function findPort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    const free = await checkPort(port).then(
      () => true,
      () => false,
    );
    if (free) return port;
  }
}

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
