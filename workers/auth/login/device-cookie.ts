import { getCookie, setCookie } from "hono/cookie";
import type { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import type { Config } from "../../../shared/platform/config.ts";
import type { AppContext } from "../../../shared/platform/http/app.ts";
import { DEVICE_IDLE_MS } from "./find-account.ts";
import type { LoginAnswer } from "./schema.ts";

/** The prefix binds it to this host and to TLS (RFC 6265bis, 4.1.3); without TLS a browser would not keep it. */
function nameOf({ PUBLIC_URL }: Pick<Config, "PUBLIC_URL">) {
  const secure = PUBLIC_URL.startsWith("https://");
  return { secure, name: secure ? "__Host-xs_device" : "xs_device" };
}

/** The device token of a browser, which sends it by itself. It opens nothing: it only has failures counted apart. */
export function deviceTokenOf(c: AppContext, given: string | undefined): string | undefined {
  return given ?? getCookie(c, nameOf(c.get("ctx").config).name)?.slice(0, 200);
}

/** Has a browser keep the token of a device that was not known. */
export function keepDevice<Answer extends TokenAnswer | LoginAnswer>(c: AppContext, answer: Answer): Answer {
  if ("device_token" in answer && answer.device_token !== undefined) {
    const { secure, name } = nameOf(c.get("ctx").config);
    const maxAge = DEVICE_IDLE_MS / 1000;
    setCookie(c, name, answer.device_token, {
      secure,
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      maxAge,
    });
  }
  return answer;
}
