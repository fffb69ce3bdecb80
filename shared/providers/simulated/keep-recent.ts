const MOST_KEPT = 20_000;

/** The same pure function, remembering its latest answers: quick to ask again, and never more than so many. */
export function keepRecent<Answer>(
  compute: (index: number) => Answer,
  most = MOST_KEPT,
): (index: number) => Answer {
  const kept = new Map<number, Answer>();
  return (index) => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const answer = compute(index);
    if (kept.size >= most) kept.clear();
    kept.set(index, answer);
    return answer;
  };
}
