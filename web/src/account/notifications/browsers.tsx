import { useState } from "react";
import { z } from "zod";
import { PushDevice } from "../../../../shared/contracts/notifications.ts";
import { readJson } from "../../api/read-json.ts";
import { Failure } from "../../ui/failure.tsx";
import { Moment } from "../../ui/moment.tsx";
import { useRemote } from "../../use-remote.ts";
import { sayFailure } from "../../words/say-failure.ts";
import { pushedHere, pushHere, removeDevice, whyNot } from "./this-browser.ts";

const LIST = "/api/v1/push-subscriptions";
const Devices = z.object({ data: z.array(PushDevice) });
const Key = z.object({ application_server_key: z.string().nullable() });

interface Loaded {
  /** `null`: push is not set up. */
  key: string | null;
  devices: PushDevice[];
  here: string | null;
}

async function load(signal: AbortSignal): Promise<Loaded> {
  const [key, list, here] = await Promise.all([
    readJson("/api/v1/push-key", Key, signal),
    readJson(LIST, Devices, signal),
    pushedHere(),
  ]);
  return { key: key.application_server_key, devices: list.data, here };
}

/** The browsers that notifications are pushed to, and a way to add this one. */
export function Browsers() {
  const { data, error, reload } = useRemote(LIST, load, { keep: true });
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const run = (work: () => Promise<void>) => {
    setBusy(true);
    setFailed(null);
    work()
      .catch((reason: unknown) => setFailed(sayFailure(reason).text))
      .finally(() => {
        setBusy(false);
        reload();
      });
  };
  return (
    <div className="form">
      <h3>Browsers</h3>
      {error !== null && <Failure what="The browsers" error={error} retry={reload} />}
      {failed !== null && (
        <p role="alert" className="form-failure">
          {failed}
        </p>
      )}
      {data && <ThisBrowser loaded={data} busy={busy} run={run} />}
      {data && data.devices.length > 0 && (
        <ul className="rows">
          {data.devices.map((device) => (
            <Device
              key={device.id}
              device={device}
              here={device.id === data.here}
              busy={busy}
              onRemove={() => run(() => removeDevice(device.id))}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

interface ThisBrowserProps {
  loaded: Loaded;
  busy: boolean;
  run(work: () => Promise<void>): void;
}

function ThisBrowser({ loaded: { key, devices, here }, busy, run }: ThisBrowserProps) {
  if (key === null) return <p className="quiet">Push is not set up here, so no browser can be added.</p>;
  if (devices.some(({ id }) => id === here))
    return <p className="quiet">This browser shows your notifications, also while the page is closed.</p>;
  const obstacle = whyNot();
  if (obstacle !== null) return <p className="quiet">{obstacle}</p>;
  return (
    <div className="form-foot">
      <button
        type="button"
        className="button primary"
        disabled={busy}
        onClick={() => run(() => pushHere(key))}
      >
        Notify this browser
      </button>
    </div>
  );
}

interface DeviceProps {
  device: PushDevice;
  here: boolean;
  busy: boolean;
  onRemove(): void;
}

function Device({ device, here, busy, onRemove }: DeviceProps) {
  const name = device.user_agent ?? "A browser";
  return (
    <li>
      <div>
        <strong>{name}</strong> {here && <span className="badge badge-current">this one</span>}
        <p className="quiet">
          By {device.host}; added <Moment at={device.created_at} />
          {device.last_used_at && (
            <>
              , last told <Moment at={device.last_used_at} />
            </>
          )}
        </p>
      </div>
      <button
        type="button"
        className="button danger"
        disabled={busy}
        onClick={onRemove}
        aria-label={`Notify ${name} no more`}
      >
        Remove
      </button>
    </li>
  );
}
