import type { News } from "./compose.ts";
import { LOOK_AGAIN_MS } from "./held-back.ts";
import type { Member } from "./members.ts";

/** When a group told and may tell; times in ms since 1970. */
export interface GroupTimes {
  due_at: number;
  last_told_at: number | null;
  group_interval_ms: number;
  repeat_interval_ms: number;
}

/** What one look at a group comes to. */
export interface Telling {
  /** `null`: there is nothing to tell now. */
  news: News | null;
  /** Are told as firing for the first time. */
  fresh: Member[];
  /** Stand, and no silence holds them back any more: webhooks are told at once, the rest with the group. */
  released: Member[];
  /** Fired, and a silence that began since holds the notification back. */
  held: Member[];
  /** Of which there is nothing more to tell. */
  gone: Member[];
  /** When to look next; `null`: the group is done with. */
  due_at: number | null;
}

const isActive = ({ alert }: Member) => alert.state === "active";
const isOver = ({ alert }: Member) => alert.state === "resolved";
const isAwake = ({ held_until }: Member) => held_until === null;
const wasTold = ({ told_state }: Member) => told_state === "active";
const waits = ({ told_state }: Member) => told_state === "silenced" || told_state === "held";
const rowsOf = (members: readonly Member[]) => members.map(({ alert }) => alert);

/**
 * Decides what a group tells at `now`, and when it is looked at next: pure. Nothing is told more often than each
 * `group_interval`, and what stands and nobody acknowledged again when the group told nothing for `repeat_interval`. What
 * is acknowledged is told as resolved only. What resolves while a silence holds it back is not told, as in Alertmanager.
 * `more`: the group has members beyond these.
 */
export function planTelling(
  group: GroupTimes,
  members: readonly Member[],
  { now, more }: { now: number; more: boolean },
): Telling {
  const last = group.last_told_at;
  const free_at = last === null ? now : last + group.group_interval_ms;
  const awake = members.filter(isAwake);
  const released = awake.filter((member) => isActive(member) && waits(member));
  const held = members.filter((member) => isActive(member) && !isAwake(member) && member.told_state === null);
  const releases = members.filter((member) => isActive(member) && !wasTold(member)).map(releaseOf);
  const due = group.due_at <= now || released.length > 0;
  if (!due || free_at > now) {
    const due_at = Math.min(due ? free_at : group.due_at, ...releases);
    return { news: null, fresh: [], released, held, gone: [], due_at };
  }
  const fresh = awake.filter((member) => isActive(member) && !wasTold(member));
  const news = newsOf(awake, fresh, last !== null && last + group.repeat_interval_ms <= now);
  const told_at = news === null ? last : now;
  const standing = members.filter((member) => !isOver(member));
  const none = standing.length === 0;
  // A group that told stays for its interval, also empty: what comes and goes would be told anew after each `group_wait`.
  const done = none && !more && news === null;
  const next = none || more ? now + group.group_interval_ms : repeatAt(group, standing, { told_at, now });
  const due_at = done ? null : Math.min(next, ...releases);
  return { news, fresh, released, held, gone: members.filter(isOver), due_at };
}

const releaseOf = ({ held_until }: Member) => held_until ?? Number.POSITIVE_INFINITY;

function newsOf(awake: readonly Member[], fresh: readonly Member[], repeats: boolean): News | null {
  const lasting = awake.filter((member) => isActive(member) && wasTold(member));
  const over = awake.filter(isOver);
  // Whoever acknowledged an alert knows of it, although its group had not told it yet.
  const known = (member: Member) => wasTold(member) || member.alert.acknowledged_at !== null;
  const news: News = {
    fresh: rowsOf(fresh),
    over: rowsOf(over.filter((member) => !known(member) && member.told_state === null)),
    resolved: rowsOf(over.filter(known)),
    lasting: repeats ? rowsOf(lasting) : [],
    others: repeats ? 0 : lasting.length,
  };
  const { others: _, ...lists } = news;
  return Object.values(lists).some((list) => list.length > 0) ? news : null;
}

/** When what stands and was told is told again. */
function repeatAt(
  { group_interval_ms, repeat_interval_ms }: GroupTimes,
  standing: readonly Member[],
  { told_at, now }: { told_at: number | null; now: number },
): number {
  const wait = Math.max(group_interval_ms, repeat_interval_ms);
  const lasting = standing.filter((member) => isActive(member) && (isAwake(member) || wasTold(member)));
  if (lasting.length === 0) return now + wait;
  const at = (told_at ?? now) + wait;
  // Overdue: silences hold back all that would be told.
  return at > now ? at : Math.min(now + LOOK_AGAIN_MS, ...lasting.map(releaseOf));
}
