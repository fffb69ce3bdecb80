export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  closed(reason: string): void;
}

export interface OutgoingSocket {
  send(text: string): void;
  /** Ends the socket; nothing comes back from it after that. */
  close(reason: string): void;
}

const NORMAL_CLOSE = 1000;

/** Opens a WebSocket to `url`. `closed` comes once, whatever ended it; the address, which holds a key, is never told. */
export function openSocket(url: string, events: SocketEvents): OutgoingSocket {
  const socket = new WebSocket(url);
  let over = false;
  const end = (reason: string) => {
    if (over) return;
    over = true;
    events.closed(reason);
  };
  socket.addEventListener("open", () => {
    if (!over) events.opened();
  });
  socket.addEventListener("message", ({ data }) => {
    if (!over && typeof data === "string") events.received(data);
  });
  socket.addEventListener("close", ({ code, reason }) => end(`closed with ${code} ${reason}`.trim()));
  socket.addEventListener("error", () => end("the connection failed"));
  return {
    send(text) {
      if (!over && socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close(reason) {
      over = true;
      socket.close(NORMAL_CLOSE, reason.slice(0, 100));
    },
  };
}
