/** One event of a stream; comments and what has no data are none. */
export interface StreamedEvent {
  name: string;
  data: string;
}

/** Reads Server-Sent Events (WHATWG HTML, 9.2.6) out of text that comes in pieces, wherever those are cut. */
export class EventReader {
  #rest = "";
  #name = "";
  #data: string[] = [];

  /** The events that this piece ends. */
  push(piece: string): StreamedEvent[] {
    const text = this.#rest + piece;
    // A carriage return at the very end may be half of a line's end.
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + text.slice(whole.length);
    return lines.flatMap((line) => this.#take(line) ?? []);
  }

  #take(line: string): StreamedEvent | null {
    if (line === "") return this.#end();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#name = value;
    if (field === "data") this.#data.push(value);
    return null;
  }

  #end(): StreamedEvent | null {
    const event = { name: this.#name || "message", data: this.#data.join("\n") };
    const isEvent = this.#data.length > 0;
    this.#name = "";
    this.#data = [];
    return isEvent ? event : null;
  }
}
