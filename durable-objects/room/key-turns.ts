import { firstRow, type Sql } from "./sql.ts";

/** Of an event whose key, or the key that it corrects, has come back: which turn of each it is about. */
export interface KeyTurn {
  turn: number;
  corrects_turn: number;
}

const FIRST: KeyTurn = { turn: 0, corrects_turn: 0 };

/** The turns of the keys of numbered events, kept as long as their events may be flushed; only those beyond the first. */
export class KeyTurns {
  private readonly sql: Sql;
  constructor(sql: Sql) {
    this.sql = sql;
  }

  add(seq: number, { turn, corrects_turn }: KeyTurn): void {
    if (turn === 0 && corrects_turn === 0) return;
    this.sql.all(
      "insert into key_turns (seq, turn, corrects_turn) values (?, ?, ?)",
      seq,
      turn,
      corrects_turn,
    );
  }

  of(seq: number): KeyTurn {
    const row = firstRow<{ turn: number; corrects_turn: number }>(
      this.sql,
      "select turn, corrects_turn from key_turns where seq = ?",
      seq,
    );
    return row ?? FIRST;
  }

  /** Forgets those of events that the log no longer holds and that are not set aside. */
  prune(oldest: number): void {
    this.sql.all("delete from key_turns where seq < ? and seq not in (select seq from set_aside)", oldest);
  }
}

/** The text whose hash tells a key's turn apart: a key itself cannot hold NUL. */
export function keyOfTurn(key: string, turn: number): string {
  return turn === 0 ? key : `${key}\0${turn}`;
}
