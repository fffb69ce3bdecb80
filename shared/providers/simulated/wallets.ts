import { keepRecent } from "./keep-recent.ts";
import { Purpose, purposeOf } from "./purpose.ts";
import { type Draw, streamHex } from "./random.ts";

/** Wallets of the whole market; the same ones trade in several collections. */
const WALLETS = 2_400;

/** A few wallets do most of the trading: the busiest has about 7 % of it, the quieter half together 20 %. */
export function drawWallet(draw: Draw): number {
  return Math.floor(WALLETS * draw() ** 3);
}

/** The wallet after this one, for whoever would otherwise buy from himself. */
export function nextWallet(wallet: number): number {
  return (wallet + 1) % WALLETS;
}

export function createAddresses(seed: number): (wallet: number) => string {
  return keepRecent((wallet) => streamHex(20, seed, purposeOf(0, Purpose.wallet), wallet));
}
