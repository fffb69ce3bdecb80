import type { Tx } from "../db/transaction.ts";

/** What a verb is handed beside its context where its answer may be asked for again (`answerOnce`). */
export interface Answers<Value> {
  /**
   * Keeps what the verb will return, in the transaction of the change and as its last step. Absent where nobody can
   * ask again.
   */
  keepAnswer?: (tx: Tx, value: Value) => Promise<void>;
}

/** A request under an `Idempotency-Key`, and what has become of it. */
export interface Claim {
  actor_id: string;
  key: string;
  request_hash: string;
  /** Whether its answer is written in the transaction of its change. */
  kept: boolean;
}
