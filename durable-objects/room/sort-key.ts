/** Text that sorts as the number does, for SQLite, which has no decimal type. */
export function sortKey(decimal: string): string {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return `${whole.replace(/^0+(?=\d)/, "").padStart(78, "0")}.${fraction.padEnd(36, "0")}`;
}
