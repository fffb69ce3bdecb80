/**
 * Whether an address leads back to the machine that uses it: `localhost` and names below it, 127.0.0.0/8,
 * 0.0.0.0, and the same in IPv6. Addresses count in every notation that a URL allows; what is no URL leads nowhere.
 */
export function pointsAtThisMachine(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  // Only of the web's own schemes does the parser bring `127.1` and `0x7f000001` into one form.
  const web = `http://${hostname}`;
  const host = URL.canParse(web) ? new URL(web).hostname.replace(/\.$/, "") : hostname;
  return (
    host === "" ||
    /^(?:.*\.)?localhost$/.test(host) ||
    /^(?:127\.\d+\.\d+\.\d+|0\.0\.0\.0)$/.test(host) ||
    /^\[::(?:1|ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}|ffff:0:0)?\]$/.test(host)
  );
}
