import { isRefusal, RequestFailed } from "../api/problem.ts";
import type { Kept, TokenStore } from "./token-store.ts";
import type { Tokens } from "./tokens.ts";

/** `notice`: why nobody is signed in any more, where that was not this tab's own doing. */
export type SessionState = { kind: "out"; notice: string | null } | { kind: "in"; login: string };

export interface SessionDeps {
  store: TokenStore;
  /** Exchanges a refresh token; throws `RequestFailed`. */
  refresh(refreshToken: string): Promise<Tokens>;
  logOut(refreshToken: string): Promise<void>;
  /** Runs while no other tab does. */
  exclusively<Result>(run: () => Promise<Result>): Promise<Result>;
  now(): number;
  newId(): string;
}

interface Access {
  token: string;
  good_until: number;
}

/** An access token is renewed this long before it ends, so that it does not run out on the way. */
const MARGIN_MS = 10_000;

/** It ran out, or was ended: here, on another device, or to protect the account. */
const ENDED = "Your session has ended.";

/** Codes with which a refresh says that the session is over; anything else may pass. */
const OVER = new Set(["session_ended", "unauthorized", "invalid_request"]);

/**
 * Who is signed in, in all tabs of the browser. The access token is in memory only; the refresh token is shared by
 * the tabs, of which one at a time exchanges it. Rules and reasons: docs/security.md.
 */
export class Session {
  #deps: SessionDeps;
  #state: SessionState;
  #access: Access | null = null;
  #renewing: Promise<string | null> | null = null;
  #listeners = new Set<() => void>();

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    const kept = deps.store.read();
    this.#state = kept ? { kind: "in", login: kept.login } : { kind: "out", notice: null };
    deps.store.onChange(() => this.#follow());
  }

  get = (): SessionState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Signs in with what a log-in answered. */
  begin(tokens: Tokens): Promise<void> {
    return this.#deps.exclusively(async () => {
      const login = this.#deps.newId();
      this.#keep(tokens, login);
      this.#setState({ kind: "in", login });
    });
  }

  /** Goes on with other tokens of the same session, as a change of the password answers them. */
  adopt(tokens: Tokens): Promise<void> {
    return this.#deps.exclusively(async () => {
      if (this.#state.kind === "in") this.#keep(tokens, this.#state.login);
    });
  }

  /**
   * Signs out here at once, in all tabs, and ends the session at the server; where that could not be told, the notice
   * says so.
   */
  end(): Promise<void> {
    return this.#deps.exclusively(async () => {
      const kept = this.#deps.store.read();
      this.#leave(null);
      try {
        if (kept) await this.#deps.logOut(kept.refresh_token);
      } catch (error) {
        // Refused, it had ended already.
        if (!(error instanceof RequestFailed) || (error.status > 0 && error.status < 500)) return;
        const notice = "The server could not be told: the session may go on there until it runs out.";
        if (this.#state.kind === "out") this.#setState({ kind: "out", notice });
      }
    });
  }

  /**
   * Does something with the access token, or with `null` when nobody is signed in. A token that was refused as
   * expired is renewed, and the request made once more; where the session has ended, this signs out.
   */
  async use<Result>(run: (accessToken: string | null) => Promise<Result>): Promise<Result> {
    const state = this.#state;
    const token = await this.token();
    try {
      return await run(token);
    } catch (error) {
      if (token === null || state.kind === "out") throw error;
      if (isRefusal(error, "session_ended")) await this.#lost(state.login);
      if (!isRefusal(error, "token_expired")) throw error;
      return await run(await this.renew(token));
    }
  }

  /** The access token, renewed where it has run out; `null` when nobody is signed in. */
  async token(): Promise<string | null> {
    if (this.#state.kind === "out") return null;
    const { token, good_until } = this.#access ?? { token: null, good_until: 0 };
    return this.#deps.now() < good_until ? token : this.renew(token);
  }

  /** Finds out whether the session still lives, and signs out where it does not. Throws `RequestFailed`. */
  async check(): Promise<void> {
    if (this.#state.kind === "in") await this.renew(this.#access?.token ?? null);
  }

  /** Another token in place of one that is no good; whoever asks at the same time gets the same one. */
  renew(refused: string | null): Promise<string | null> {
    const access = this.#access;
    if (access && access.token !== refused && this.#deps.now() < access.good_until) {
      return Promise.resolve(access.token);
    }
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  #renew(): Promise<string | null> {
    return this.#deps.exclusively(async () => {
      // Read only now: another tab may have exchanged it while this one waited.
      this.#follow();
      const kept = this.#deps.store.read();
      if (!kept) return null;
      try {
        const tokens = await this.#deps.refresh(kept.refresh_token);
        this.#keep(tokens, kept.login);
        return tokens.access_token;
      } catch (error) {
        if (!(error instanceof RequestFailed) || !OVER.has(error.code)) throw error;
        this.#leave(ENDED);
        return null;
      }
    });
  }

  /** The server says that the session of this log-in has ended. */
  #lost(login: string): Promise<void> {
    return this.#deps.exclusively(async () => {
      // Somebody may have signed in again meanwhile.
      if (this.#deps.store.read()?.login === login) this.#leave(ENDED);
    });
  }

  #keep(tokens: Tokens, login: string): void {
    const kept: Kept = { refresh_token: tokens.refresh_token, login };
    this.#deps.store.write(kept);
    const good_until = this.#deps.now() + tokens.expires_in * 1000 - MARGIN_MS;
    this.#access = { token: tokens.access_token, good_until };
  }

  #leave(notice: string | null): void {
    this.#deps.store.write(null);
    this.#access = null;
    this.#setState({ kind: "out", notice });
  }

  /** Takes over what another tab wrote. */
  #follow(): void {
    const kept = this.#deps.store.read();
    if (kept && this.#state.kind === "in" && this.#state.login === kept.login) return;
    if (!kept && this.#state.kind === "out") return;
    this.#access = null;
    if (kept) this.#setState({ kind: "in", login: kept.login });
    else this.#setState({ kind: "out", notice: "You were signed out in another tab." });
  }

  #setState(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
