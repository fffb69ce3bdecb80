import type { Figure } from "../../../shared/contracts/figure.ts";
import { utcTime } from "./time.ts";

const BASIS: Record<Figure["basis"], string> = {
  item: "per item",
  total: "total",
  count: "a count",
  percent: "in percent",
};

/** Where a figure of the database comes from, what it is of and how old it is, in a sentence for titles. */
export function aboutFigure(what: string, figure: Figure | undefined): string {
  if (!figure) return what;
  const parts = [
    `${what}, ${BASIS[figure.basis]}`,
    `source: ${figure.sources.join(", ") || "unknown"}`,
    figure.as_of ? `as of ${utcTime(figure.as_of)}` : "age unknown",
  ];
  if (figure.known_sales !== null) parts.push(`from ${figure.known_sales} sales`);
  return parts.join("; ");
}
