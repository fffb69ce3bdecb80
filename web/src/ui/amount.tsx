import { shortenAmount } from "../format/price.ts";

interface AmountProps {
  /** Decimal string; `null` or absent where it is not known. */
  value: string | null | undefined;
  currency?: string | null;
  /** Where the number comes from, how old it is, what it is of: shown with the exact value. */
  about?: string;
  /** In a column: unknown is a dash, and points stand below each other. */
  column?: boolean;
}

/** An amount, shortened for the eye; the exact one is in the title and in the text for screen readers. */
export function Amount({ value, currency, about, column }: AmountProps) {
  const amount = shortenAmount(value);
  if (!amount) {
    return (
      <span className="amount not-known" title={about ? `Not known. ${about}` : "Not known"}>
        {column ? (
          <>
            <span aria-hidden="true">—</span>
            <span className="unseen">unknown</span>
          </>
        ) : (
          "unknown"
        )}
      </span>
    );
  }
  const exact = currency ? `${amount.full} ${currency}` : amount.full;
  return (
    <span className="amount" title={about ? `${exact}. ${about}` : exact}>
      {amount.text}
      {column && amount.pad && (
        <span className="pad" aria-hidden="true">
          {amount.pad}
        </span>
      )}
      {currency && <span className="currency"> {currency}</span>}
    </span>
  );
}
