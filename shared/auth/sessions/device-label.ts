/** In order: a later one also names an earlier one's. */
const BROWSERS: [pattern: RegExp, name: string][] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bVersion\/[\d.]+ .*Safari\//, "Safari"],
];
const SYSTEMS: [pattern: RegExp, name: string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];
/** A program that is no browser names itself first: `curl/8.5.0`. */
const PROGRAM = /^([A-Za-z][\w.-]{0,30})(?:\/|\s|$)/;

const find = (list: [RegExp, string][], text: string) => list.find(([pattern]) => pattern.test(text))?.[1];

/** What a session's owner knows the device by, such as `Firefox on Windows`; only ever a hint, since anybody can send any text. */
export function deviceLabel(userAgent: string | null): string {
  if (userAgent === null) return "Unknown program";
  const browser = find(BROWSERS, userAgent);
  const system = find(SYSTEMS, userAgent);
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  const [, program] = PROGRAM.exec(userAgent) ?? [];
  if (program === undefined || program === "Mozilla")
    return system === undefined ? "Unknown program" : `Unknown program on ${system}`;
  return program;
}
