import { WebSocket } from "ws";
import { z } from "zod";
import { EventsFrame, LIVE_PROTOCOL } from "../../shared/contracts/live.ts";
import { StormRequest, type StormResult } from "./storm.ts";

/** A process of many clients that resume at once; started by `startStorm`. */
const request = StormRequest.parse(JSON.parse(process.argv[2] ?? ""));
const Range = z.object({ first: z.number(), last: z.number() });
const start = performance.now();
let whole = 0;
let wrong = 0;

/** Reads the numbers that a frame covers; every twentieth client reads all of it. */
function readRange(text: string, closely: boolean): { first: number; last: number } {
  const end = text.indexOf(',"events":');
  const range = Range.parse(JSON.parse(`${text.slice(0, end)}}`));
  if (!closely) return range;
  const { events } = EventsFrame.parse(JSON.parse(text));
  for (const [i, event] of events.entries()) if (event.seq !== range.first + i) wrong += 1;
  if (events.length !== range.last - range.first + 1) wrong += 1;
  return range;
}

function finish(): void {
  const result: StormResult = { whole, wrong, elapsed_ms: performance.now() - start };
  process.send?.(result);
}

for (let i = 0; i < request.clients; i++) {
  let seq = request.from.seq;
  const socket = new WebSocket(request.url, LIVE_PROTOCOL, { perMessageDeflate: false });
  socket.on("open", () => socket.send(JSON.stringify({ op: "subscribe", from: request.from })));
  socket.on("message", (data: Buffer) => {
    const text = data.toString();
    if (!text.startsWith('{"op":"events"')) return;
    const { first, last } = readRange(text, i % 20 === 0);
    if (first !== seq + 1) wrong += 1;
    seq = last;
    if (seq !== request.from.seq + request.expected) return;
    whole += 1;
    if (whole === request.clients) finish();
  });
  socket.on("error", () => {
    wrong += 1;
  });
}
setTimeout(finish, request.give_up_ms);
