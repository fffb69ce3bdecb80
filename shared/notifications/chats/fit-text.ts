const CUT = "…";

/**
 * A text escaped, cut between characters so that what is written has at most `most` UTF-16 units: an escape is never
 * cut in two.
 */
export function fitText(text: string, most: number, write: (character: string) => string): string {
  const written = Array.from(text, write);
  if (lengthOf(written) <= most) return written.join("");
  let room = most - CUT.length;
  let kept = 0;
  for (const part of written) {
    room -= part.length;
    if (room < 0) break;
    kept += 1;
  }
  return written.slice(0, kept).join("") + CUT;
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
