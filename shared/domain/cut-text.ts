let segmenter: Intl.Segmenter | undefined;
/** More than any character that people use is long; what is longer is cut inside. */
const LONGEST_CHARACTER = 64;

/**
 * The beginning of a text, at most `most` UTF-16 units long and cut between characters as people count them: no half of
 * a surrogate pair, no letter without its accent, no emoji without its parts.
 */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  let end = 0;
  for (const { index } of segmenter.segment(text.slice(0, most + LONGEST_CHARACTER))) {
    if (index > most) break;
    end = index;
  }
  if (end > 0) return text.slice(0, end);
  return text
    .slice(0, most)
    .toWellFormed()
    .replace(/\uFFFD$/, "");
}
