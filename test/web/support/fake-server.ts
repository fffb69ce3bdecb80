import { RequestFailed } from "../../../web/src/api/problem.ts";
import { createExclusively } from "../../../web/src/session/exclusively.ts";
import { Session } from "../../../web/src/session/session.ts";
import { createTokenStore } from "../../../web/src/session/token-store.ts";
import type { Tokens } from "../../../web/src/session/tokens.ts";

export const refusal = (code: string, message = code) => new RequestFailed(401, message, { code });

type Heard = Parameters<Window["addEventListener"]>[1];

/** The storage that tabs share: whoever writes is not told, all others are. */
class SharedStorage {
  readonly items = new Map<string, string>();
  #tabs: { listeners: Set<Heard> }[] = [];

  openTab() {
    const tab = { listeners: new Set<Heard>() };
    this.#tabs.push(tab);
    const wrote = (key: string) => {
      const event = Object.assign(new Event("storage"), { key });
      for (const other of this.#tabs) {
        if (other === tab) continue;
        for (const heard of other.listeners) if (typeof heard === "function") heard(event);
      }
    };
    const localStorage = {
      length: 0,
      key: () => null,
      clear: () => this.items.clear(),
      getItem: (key: string) => this.items.get(key) ?? null,
      setItem: (key: string, value: string) => {
        this.items.set(key, value);
        wrote(key);
      },
      removeItem: (key: string) => {
        this.items.delete(key);
        wrote(key);
      },
    };
    return {
      localStorage,
      addEventListener: (_type: string, heard: Heard) => void tab.listeners.add(heard),
      removeEventListener: (_type: string, heard: Heard) => void tab.listeners.delete(heard),
    };
  }
}

/** A browser with tabs, and a server that keeps one session: each refresh token is exchanged once. */
export class FakeServer {
  now = 1_000_000;
  /** Every refresh token that was sent, in order. */
  readonly refreshed: string[] = [];
  readonly loggedOut: string[] = [];
  /** Access tokens that are refused, with the code. */
  readonly refused = new Map<string, string>();
  /** Thrown by what comes next. */
  refreshFails: unknown = null;
  logOutFails: unknown = null;
  /** The refresh token that is good; `null` once the session has ended. */
  good: string | null = null;
  #issued = 0;
  #storage = new SharedStorage();
  #exclusively = createExclusively(undefined);

  logIn(): Tokens {
    this.#issued += 1;
    this.good = `refresh-${this.#issued}`;
    return { access_token: `access-${this.#issued}`, refresh_token: this.good, expires_in: 1800 };
  }

  get stored(): string {
    return [...this.#storage.items.values()].join();
  }

  openTab(): Session {
    return new Session({
      store: createTokenStore(this.#storage.openTab()),
      exclusively: this.#exclusively,
      refresh: async (token) => {
        this.refreshed.push(token);
        await Promise.resolve();
        if (this.refreshFails !== null) throw this.refreshFails;
        if (token !== this.good) throw refusal("session_ended", "used before");
        return this.logIn();
      },
      logOut: async (token) => {
        this.loggedOut.push(token);
        if (this.logOutFails !== null) throw this.logOutFails;
      },
      now: () => this.now,
      newId: () => `login-${this.#issued}`,
    });
  }

  /** A request that answers with the access token it came with. */
  ask = async (accessToken: string | null): Promise<string | null> => {
    await Promise.resolve();
    const code = accessToken === null ? undefined : this.refused.get(accessToken);
    if (code !== undefined) throw refusal(code);
    return accessToken;
  };
}
