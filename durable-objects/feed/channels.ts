import { backOffDelay } from "../../shared/providers/gate/back-off.ts";

const JOIN_TIMEOUT_MS = 10_000;
const REJOIN = { base_ms: 1_000, max_ms: 120_000 };

interface Channel {
  state: "joining" | "joined" | "waiting";
  join_ref: string;
  attempts: number;
  /** When a join is overdue, or to be tried again. */
  due: number;
}

/** The topics that one connection has joined; each recovers on its own, whatever happens to the others. */
export class Channels {
  private readonly channels = new Map<string, Channel>();

  /** Forgets everything: joins do not outlive their connection. */
  clear(): void {
    this.channels.clear();
  }

  joining(topic: string, ref: string, now: number): void {
    const attempts = this.channels.get(topic)?.attempts ?? 0;
    this.channels.set(topic, { state: "joining", join_ref: ref, attempts, due: now + JOIN_TIMEOUT_MS });
  }

  /** The topic whose newest join has this reference; an answer may come after we had given it up. */
  topicOfJoin(ref: string | null): string | null {
    for (const [topic, channel] of this.channels)
      if (channel.state !== "joined" && channel.join_ref === ref) return topic;
    return null;
  }

  joined(topic: string): void {
    const channel = this.channels.get(topic);
    if (channel !== undefined)
      this.channels.set(topic, { ...channel, state: "joined", attempts: 0, due: Number.POSITIVE_INFINITY });
  }

  /** Refused, crashed or closed by the other side: to be joined again after a growing delay. */
  lost(topic: string, now: number, random: number): void {
    const channel = this.channels.get(topic);
    if (channel === undefined || channel.state === "waiting") return;
    const attempts = channel.attempts + 1;
    this.channels.set(topic, {
      ...channel,
      state: "waiting",
      attempts,
      due: now + backOffDelay(REJOIN, attempts, random),
    });
  }

  /** Whether news of this join is news of the topic; the end of an older join of it is not. */
  isCurrent(topic: string, joinRef: string | null): boolean {
    return joinRef === null || this.channels.get(topic)?.join_ref === joinRef;
  }

  /** Forgets a topic and returns the reference it was joined under. */
  leave(topic: string): string | null {
    const ref = this.channels.get(topic)?.join_ref ?? null;
    this.channels.delete(topic);
    return ref;
  }

  topics(): string[] {
    return [...this.channels.keys()];
  }

  joinedTopics(): string[] {
    return [...this.channels].filter(([, { state }]) => state === "joined").map(([topic]) => topic);
  }

  /** Topics whose join got no answer, and topics to be joined again, by `now`. */
  due(now: number): { overdue: string[]; again: string[] } {
    const due = [...this.channels].filter(([, channel]) => channel.due <= now);
    return {
      overdue: due.filter(([, { state }]) => state === "joining").map(([topic]) => topic),
      again: due.filter(([, { state }]) => state === "waiting").map(([topic]) => topic),
    };
  }

  nextDue(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.channels.values()].map(({ due }) => due));
  }
}
