/** What a spreadsheet would take for a formula (https://owasp.org/www-community/attacks/CSV_Injection). */
const FORMULA = /^[=+\-@\t\r\n]/;

/** One line of a CSV file (RFC 4180) with its line end. Text that would be run as a formula begins with an apostrophe. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  const words = cells.map((cell) => {
    if (cell === null) return "";
    if (typeof cell === "number") return String(cell);
    const text = FORMULA.test(cell) ? `'${cell}` : cell;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${words.join(",")}\r\n`;
}
