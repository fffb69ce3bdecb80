import { PushDevice } from "../../../../shared/contracts/notifications.ts";
import { RequestFailed } from "../../api/problem.ts";
import { send, sendFor } from "../../api/send.ts";
import { SaidByPage } from "../../words/say-failure.ts";

const SCRIPT = "/push-worker.js";
const ADDRESS = "/api/v1/push-subscriptions";
/** Which of the account's browsers this one is. */
const REMEMBERED = "xsema.push-device";

/** Why this browser cannot be pushed to; `null` where it can. */
export function whyNot(): string | null {
  if (!window.isSecureContext) return "Browsers allow notifications only over https.";
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window))
    return "This browser cannot show notifications. On an iPhone or iPad, add the page to the home screen first.";
  if (Notification.permission === "denied")
    return "Notifications of this page are blocked in the settings of this browser.";
  return null;
}

async function currentSubscription(): Promise<PushSubscription | null> {
  if (!("serviceWorker" in navigator)) return null;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager?.getSubscription()) ?? null;
}

/** The id under which this browser is pushed to; `null` where it is not. */
export async function pushedHere(): Promise<string | null> {
  return (await currentSubscription()) === null ? null : localStorage.getItem(REMEMBERED);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Asks the reader, subscribes this browser, and tells the server. Throws what the reader is told. */
export async function pushHere(applicationServerKey: string): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted")
    throw new SaidByPage("This browser was not allowed to show notifications.");
  await navigator.serviceWorker.register(SCRIPT);
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that was made with another key cannot be used with this one.
  await (await pushManager.getSubscription())?.unsubscribe();
  const subscription = await pushManager
    .subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(applicationServerKey) })
    .catch((cause: unknown) => {
      throw new SaidByPage("This browser could not reach its push service.", { cause });
    });
  const { id } = await sendFor(PushDevice, "POST", ADDRESS, subscription.toJSON());
  localStorage.setItem(REMEMBERED, id);
}

/** Ends that this browser is pushed to, here; the server learns it from the push service. */
export async function forgetHere(): Promise<void> {
  await (await currentSubscription())?.unsubscribe();
  localStorage.removeItem(REMEMBERED);
}

/** Has a browser of the account pushed to no more. */
export async function removeDevice(id: string): Promise<void> {
  if (id === localStorage.getItem(REMEMBERED)) await forgetHere();
  await send("DELETE", `${ADDRESS}/${encodeURIComponent(id)}`).catch((error: unknown) => {
    if (!(error instanceof RequestFailed) || error.status !== 404) throw error;
  });
}
