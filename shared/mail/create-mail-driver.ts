import type { Config } from "../platform/config.ts";
import { createCloudflareDriver, type SendEmailBinding } from "./cloudflare.ts";
import type { MailDriver } from "./mail-driver.ts";
import { createResendDriver } from "./resend.ts";

type MailSettings = Pick<Config, "MAIL_DRIVER" | "RESEND_API_URL" | "RESEND_API_KEY">;

/** What carries this deployment's mails; `null` where nothing does. */
export function createMailDriver(
  config: MailSettings,
  deps: { binding: SendEmailBinding | undefined; fetch: typeof globalThis.fetch },
): MailDriver | null {
  switch (config.MAIL_DRIVER) {
    case "resend":
      return createResendDriver({
        url: config.RESEND_API_URL.replace(/\/+$/, ""),
        key: config.RESEND_API_KEY ?? "",
        fetch: deps.fetch,
      });
    case "cloudflare":
      return createCloudflareDriver(deps.binding);
    default:
      return null;
  }
}
