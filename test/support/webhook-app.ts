import { z } from "zod";
import { webhooksApp } from "../../workers/webhooks/app.ts";
import { accountApp } from "./account-app.ts";
import type { Backend } from "./each-backend.ts";

const Sent = z.object({ job: z.object({ webhooks: z.array(z.string()) }) });

/** The webhooks' routes over a real database; `woken` gathers the endpoints that were put on the queue. */
export function webhookApp(backend: Backend, settings: Record<string, string> = {}) {
  const app = accountApp(backend, webhooksApp, settings);
  const woken: string[] = [];
  Object.assign(app.ctx, {
    deliveries: { send: async (message: unknown) => void woken.push(...Sent.parse(message).job.webhooks) },
  });
  const wanted = { url: "https://hooks.example.com/xsema", event_types: ["market.sale"] };
  type Who = Parameters<typeof app.ask>[0];
  /** Makes a webhook of `who`, and gives its answer. */
  const make = async (who: Who, given: Record<string, unknown> = {}) => {
    const { status, body } = await app.ask(who, "POST", "/webhooks", { ...wanted, ...given });
    if (status !== 201) throw new Error(`not made: ${JSON.stringify(body)}`);
    return { ...body, id: String(body.id), secret: String(body.secret) };
  };
  return { ...app, woken, wanted, make };
}
