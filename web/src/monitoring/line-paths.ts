interface Frame {
  /** Ms since 1970. */
  from: number;
  to: number;
  /** The value at the upper edge; the lower edge is 0. */
  highest: number;
  width: number;
  height: number;
}

/** Longer than this between two samples, the line is not drawn on: nobody knows what was. */
const GAP_MS = 150_000;
/** Strokes are not cut off at the edges. */
const MARGIN = 2;

/** Points as SVG paths, one for each stretch without a hole; a lone point is a short dash. */
export function linePaths(
  points: readonly { at: string; value: string | null }[],
  { from, to, highest, width, height }: Frame,
): string[] {
  const paths: string[] = [];
  let path = "";
  let before = Number.NEGATIVE_INFINITY;
  const end = () => {
    if (path !== "") paths.push(path.includes("L") ? path : `${path}h1`);
    path = "";
  };
  for (const { at, value } of points) {
    const time = Date.parse(at);
    if (value === null || time - before > GAP_MS) end();
    before = time;
    if (value === null || time < from || time > to) continue;
    const x = ((time - from) / (to - from)) * width;
    const share = highest === 0 ? 0 : Number(value) / highest;
    const y = height - MARGIN - share * (height - 2 * MARGIN);
    path += `${path === "" ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
  }
  end();
  return paths;
}
