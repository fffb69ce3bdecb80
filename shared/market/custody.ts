/** A sale or transfer of one token, oldest first among those of other times. */
export interface CustodyMove {
  kind: "sale" | "transfer";
  /** `null` where the side is not known; the zero address for nobody. */
  from: string | null;
  to: string | null;
  occurred_at: string;
  block_number: number | null;
  log_index: number | null;
  seq: number;
}

/** Why the holder of a token is not known. */
export type UnknownHolder = "buyer_not_named" | "order_not_known";

export type Custody<Move> =
  | { address: string; last: Move; unknown: null }
  | { address: null; last: Move; unknown: UnknownHolder };

/**
 * Who holds a token after moves that are sorted by time; `null` without any. Moves of one instant are ordered by block
 * and log index where all of them have a place of their own, else by the rule that whoever got the token is the next
 * to give it away. Where several ends are possible the holder is not known.
 */
export function followCustody<Move extends CustodyMove>(moves: readonly Move[]): Custody<Move> | null {
  let held: string | null = null;
  let custody: Custody<Move> | null = null;
  for (let start = 0; start < moves.length; ) {
    let end = start + 1;
    while (moves[end]?.occurred_at === moves[start]?.occurred_at) end += 1;
    custody = endOfInstant(moves.slice(start, end), held);
    held = custody?.address ?? null;
    start = end;
  }
  return custody;
}

function endOfInstant<Move extends CustodyMove>(all: Move[], before: string | null): Custody<Move> | null {
  const placed = lastByPlace(all);
  const moves = withoutRepeats(placed ?? all);
  const [only] = moves;
  if (only === undefined) return null;
  const newest = moves.reduce((last, move) => (move.seq > last.seq ? move : last), only);
  if (moves.length === 1) return heldBy(only.to, only);
  if (moves.some(({ from, to }) => from === null || to === null))
    return { address: null, last: newest, unknown: "order_not_known" };
  const end = endOfChain(moves, before);
  if (end === null) return { address: null, last: newest, unknown: "order_not_known" };
  const into = moves.filter(({ to }) => to === end);
  // Several ways lead there: the holder is known, the last of the moves is the one that was told last.
  const last = into.reduce((latest, move) => (move.seq > latest.seq ? move : latest), into[0] ?? newest);
  return { address: end, last, unknown: null };
}

function heldBy<Move>(address: string | null, last: Move): Custody<Move> {
  return address === null
    ? { address: null, last, unknown: "buyer_not_named" }
    : { address, last, unknown: null };
}

/** The moves at the last place on the chain; `null` where one has no place, so that they cannot be compared. */
function lastByPlace<Move extends CustodyMove>(moves: Move[]): Move[] | null {
  if (moves.some(({ block_number, log_index }) => block_number === null && log_index === null)) return null;
  const compare = (a: Move, b: Move) =>
    (a.block_number ?? 0) - (b.block_number ?? 0) || (a.log_index ?? 0) - (b.log_index ?? 0);
  const last = moves.reduce((latest, move) => (compare(move, latest) > 0 ? move : latest));
  return moves.filter((move) => compare(move, last) === 0);
}

/**
 * Marketplaces tell a sale, the token's contract a transfer: both are one move. A sale that names one side only is the
 * move of a transfer that fits it.
 */
function withoutRepeats<Move extends CustodyMove>(moves: Move[]): Move[] {
  const sales = moves.filter(({ kind }) => kind === "sale");
  const transfers = moves.filter(({ kind }) => kind === "transfer");
  const left: Move[] = [];
  for (const sale of sales) {
    const same = transfers.findIndex(({ from, to }) => sale.from === from && sale.to === to);
    const fits = transfers.findIndex((transfer) => isPartOf(sale, transfer));
    const [transfer] = same >= 0 || fits >= 0 ? transfers.splice(same >= 0 ? same : fits, 1) : [];
    // A transfer names both sides; where the sale does too, it is the one that says more.
    left.push(same >= 0 || transfer === undefined ? sale : transfer);
  }
  return [...left, ...transfers];
}

/** Whether a sale names at most one side, and none that the transfer contradicts. */
function isPartOf(sale: CustodyMove, transfer: CustodyMove): boolean {
  if (sale.from !== null && sale.to !== null) return false;
  const agrees = (a: string | null, b: string | null) => a === null || b === null || a === b;
  return agrees(sale.from, transfer.from) && agrees(sale.to, transfer.to);
}

/** The wallet that got the token once more than it gave it away; of a round trip, the one that had it `before`. */
function endOfChain(moves: CustodyMove[], before: string | null): string | null {
  const balance = new Map<string, number>();
  const linked = new Map<string, string>();
  const rootOf = (wallet: string): string => {
    const parent = linked.get(wallet);
    return parent === undefined || parent === wallet ? wallet : rootOf(parent);
  };
  for (const { from, to } of moves) {
    if (from === null || to === null) return null;
    balance.set(from, (balance.get(from) ?? 0) - 1);
    balance.set(to, (balance.get(to) ?? 0) + 1);
    linked.set(rootOf(from), rootOf(to));
  }
  // Moves that do not hang together are no chain: some move between them is missing.
  if (new Set([...balance.keys()].map(rootOf)).size > 1) return null;
  const ends = [...balance].filter(([, count]) => count !== 0);
  const [end, ...others] = ends.filter(([, count]) => count > 0);
  if (end === undefined) return before !== null && balance.has(before) ? before : null;
  return others.length === 0 && end[1] === 1 && ends.length === 2 ? end[0] : null;
}
