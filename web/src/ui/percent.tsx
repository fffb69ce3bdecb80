import Big from "big.js";

/** A change in percent, with its sign: colour is never the only one. */
export function Change({ percent: given, about }: { percent: string | null; about: string }) {
  if (given === null) {
    return (
      <span className="not-known" title={`Not known. ${about}`}>
        <span aria-hidden="true">—</span>
        <span className="unseen">unknown</span>
      </span>
    );
  }
  const percent = new Big(given);
  const direction = percent.eq(0) ? "" : percent.gt(0) ? "up" : "down";
  const sign = percent.gt(0) ? "+" : percent.lt(0) ? "−" : "";
  const digits = percent.abs().gte(100) ? 0 : percent.abs().gte(10) ? 1 : 2;
  return (
    <span className={`amount ${direction}`} title={`${percent.toFixed()} %. ${about}`}>
      {sign}
      {percent.abs().toFixed(digits)} %
    </span>
  );
}
