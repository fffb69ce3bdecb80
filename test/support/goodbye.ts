import { WebSocket } from "ws";

/**
 * Has the client hang up once both sides have said goodbye. workerd does so only when the object goes to sleep, ten
 * seconds after its last work, and later where something keeps it awake.
 */
export function hangUpAfterGoodbye(socket: WebSocket): void {
  const look = setInterval(() => {
    if (socket.readyState === WebSocket.CLOSING) socket.terminate();
    if (socket.readyState === WebSocket.CLOSED) clearInterval(look);
  }, 20).unref();
}
