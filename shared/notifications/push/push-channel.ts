const PREFIX = "push:";

/** What a send to one browser is called: each has a row of its own, so that one that fails is tried again alone. */
export function pushChannel(subscription_id: string): string {
  return PREFIX + subscription_id;
}

/** The subscription that a send goes to; `null` where it goes elsewhere. */
export function subscriptionOf(channel: string): string | null {
  return channel.startsWith(PREFIX) ? channel.slice(PREFIX.length) : null;
}
