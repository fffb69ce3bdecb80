import { Position } from "../../../shared/contracts/live.ts";

/** A position that no room has, so that it answers with `reset` and a snapshot. */
const NOWHERE: Position = { epoch: "unknown", seq: 0 };

/** By whatever spelling clients and their libraries send it: `lastEventId`, `last_event_id`, `Last-Event-ID`. */
function ofAddress(parameters: URLSearchParams): string | undefined {
  for (const [name, value] of parameters)
    if (name.replaceAll(/[-_]/g, "").toLowerCase() === "lasteventid") return value;
  return undefined;
}

/**
 * Where a stream goes on: `<epoch>:<seq>` of an earlier event. Any other id is of another stream, or of none; refusing it
 * would end an `EventSource` for ever, which sends it again by itself. The header wins over the address, whose id is that
 * of the first connection.
 */
export function resumeFrom(header: string | undefined, parameters: URLSearchParams): Position | undefined {
  const given = header || (ofAddress(parameters) ?? header);
  if (given === undefined) return undefined;
  const [, epoch, seq] = /^([^:]+):(\d+)$/.exec(given.trim()) ?? [];
  const position = Position.safeParse({ epoch, seq: Number(seq) });
  return position.success ? position.data : NOWHERE;
}
