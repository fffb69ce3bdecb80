/** The first `limit` bytes of a body as text; whatever else comes is let go. Only as long as it takes to get those. */
export async function readStart(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const start = new Uint8Array(limit);
  let length = 0;
  try {
    while (length < limit) {
      const { done, value } = await reader.read();
      if (done) break;
      const part = value.subarray(0, limit - length);
      start.set(part, length);
      length += part.length;
    }
  } finally {
    // Not awaited: whoever sends slowly would hold it up.
    reader.cancel().catch(() => undefined);
  }
  return new TextDecoder().decode(start.subarray(0, length));
}
