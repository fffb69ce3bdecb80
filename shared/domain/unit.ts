/**
 * Wrapped coins that are redeemed one for one by their own contract, and what they wrap. Coins that somebody
 * keeps in custody or that earn interest (WBTC, stETH) have a price of their own and are not listed.
 */
const WRAPPED: ReadonlyMap<string, string> = new Map([
  ["WETH", "ETH"],
  ["WMATIC", "MATIC"],
  ["WPOL", "POL"],
  ["WAVAX", "AVAX"],
  ["WBNB", "BNB"],
  ["WSOL", "SOL"],
  ["WFTM", "FTM"],
  ["WS", "S"],
  ["WKLAY", "KLAY"],
  ["WKAIA", "KAIA"],
  ["WRON", "RON"],
  ["WAPE", "APE"],
  ["WSEI", "SEI"],
  ["WBERA", "BERA"],
  ["WHYPE", "HYPE"],
  ["WMON", "MON"],
  ["WXTZ", "XTZ"],
]);

/** The unit that an amount is counted in: `unitOf("WETH")` is `"ETH"`; what wraps nothing is its own unit. */
export function unitOf(currency: string): string {
  const symbol = currency.trim().toUpperCase();
  return WRAPPED.get(symbol) ?? symbol;
}
