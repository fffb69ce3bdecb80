import type { NewUser } from "../../../shared/auth/create-user.ts";
import { PushAnswer } from "../../../shared/contracts/metrics.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { handleError } from "../../../shared/platform/http/handle.ts";
import { metricsApp as routes } from "../../../workers/metrics/app.ts";
import { accountApp, type Somebody } from "../../support/account-app.ts";
import type { Backend } from "../../support/each-backend.ts";

/** The metrics' routes over a real database; `woken` gathers the engines that were woken. */
export function metricsApp(backend: Backend, settings: Record<string, string> = {}) {
  const app = accountApp(backend, routes, settings);
  const woken: string[] = [];
  Object.assign(app.ctx, {
    alertEngine: (engine: string) => ({ wake: async () => void woken.push(engine) }),
  });
  const mounted = createApp();
  mounted.use(async (c, next) => {
    c.set("ctx", app.ctx);
    await next();
  });
  mounted.onError(handleError);
  mounted.route("/", routes);
  return {
    ...app,
    /** Posts any bytes, with any headers. */
    async post(who: Somebody, path: string, body: BodyInit, headers: Record<string, string>) {
      const token = await app.tokenOf(who);
      const init = { method: "POST", body, duplex: "half" } as const;
      const answer = await mounted.request(path, {
        ...init,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const text = new TextDecoder().decode(bytes);
      return { status: answer.status, text, bytes, headers: answer.headers };
    },
    woken,
    trader: (given: Partial<NewUser> = {}) => app.enter("trader", given),
    /** A time so many seconds before now. */
    ago: (seconds: number) => isoTime(app.clock.now - seconds * 1000),
    async push(who: Somebody, samples: unknown[]): Promise<PushAnswer> {
      const { status, body } = await app.ask(who, "POST", "/metrics/push", { samples });
      if (status !== 200) throw new Error(`not taken: ${JSON.stringify(body)}`);
      return PushAnswer.parse(body);
    },
  };
}
