import { readFileSync } from "node:fs";
import { z } from "zod";
import { parseJson } from "../../../shared/providers/opensea/json.ts";

/** The text of a recorded payload. */
export function recordedText(name: string): string {
  return readFileSync(new URL(`recorded/${name}`, import.meta.url), "utf8");
}

/** A recorded payload, read as the adapter reads it: no digit is lost. */
export function recorded(name: string): unknown {
  return parseJson(recordedText(name));
}

const Frames = z.array(z.tuple([z.unknown(), z.unknown(), z.string(), z.string(), z.unknown()]));

/** The message of the recorded Stream frame with this event. */
export function recordedFrame(event: string): unknown {
  const frame = Frames.parse(recorded("stream-frames-2026-09.json")).find(([, , , name]) => name === event);
  if (frame === undefined) throw new Error(`no recorded frame ${event}`);
  return frame[4];
}
