/** The part of the standard `WebSocket` that the client uses; browsers, Node and the `ws` package all have it. */
export interface LiveSocket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: string }) => void): void;
}

/** Everything outside the client's own logic, so that tests and Node scripts can hand in theirs. */
export interface LiveHost {
  WebSocket: new (url: string, protocols: string[]) => LiveSocket;
  /** Milliseconds. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Runs once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void;
  /** Tells when the network or the page comes back; the returned function stops that. */
  onWake(listener: () => void): () => void;
}

/** The host of a browser or of Node 22 and later. */
export function standardHost(): LiveHost {
  return {
    WebSocket: globalThis.WebSocket,
    now: Date.now,
    random: Math.random,
    after: (ms, run) => {
      const handle = setTimeout(run, ms);
      return () => clearTimeout(handle);
    },
    onWake: (listener) => (typeof document === "undefined" ? () => undefined : onPageWake(listener)),
  };
}

function onPageWake(listener: () => void): () => void {
  const onVisibility = () => {
    if (document.visibilityState === "visible") listener();
  };
  window.addEventListener("online", listener);
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    window.removeEventListener("online", listener);
    document.removeEventListener("visibilitychange", onVisibility);
  };
}
