/** A wallet or token in few characters; the full one belongs in the title. */
export function shorten(text: string, head: number, tail: number): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/** The simulated market says so in its names as well; beside the badge once is enough. */
export function nameBesideBadge(name: string): string {
  return name.replace(/ \(simulated\)$/, "");
}

/** "new_listing" → "new listing". */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}
