import { PushDevice } from "../../../shared/contracts/notifications.ts";
import { applicationServerKey } from "../../../shared/notifications/push/vapid.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { listDevices, removeDevice } from "./push-devices.ts";
import { PushDeviceList, PushDeviceParams, PushKey, SubscribeRequest } from "./push-schema.ts";
import { subscribe } from "./subscribe.ts";

/** Browsers that show notifications. */
export const pushApp = createApp();

pushApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "get",
      path: "/push-key",
      operationId: "getPushKey",
      tags: ["notifications"],
      summary: "The key that browsers subscribe to pushes with",
      description: "For `applicationServerKey` of `PushManager.subscribe()`.",
      responses: {
        200: { description: "The public key", content: { "application/json": { schema: PushKey } } },
      },
    },
  ),
  async (c) => c.json({ application_server_key: await applicationServerKey(c.get("ctx").config) }, 200),
);

const device = (description: string) => ({
  description,
  content: { "application/json": { schema: PushDevice } },
});

pushApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "post",
      path: "/push-subscriptions",
      operationId: "createPushSubscription",
      tags: ["notifications"],
      summary: "Have one's notifications pushed to a browser",
      description: "The body is what `PushSubscription.toJSON()` gives. The same endpoint twice is one.",
      request: { body: { required: true, content: { "application/json": { schema: SubscribeRequest } } } },
      responses: {
        200: device("It was known; its keys are those of now"),
        201: device("The browser"),
        ...problems(404, 409),
      },
    },
  ),
  async (c) => {
    const { device, made } = await subscribe(c.get("ctx"), c.req.valid("json"));
    return made ? c.json(device, 201) : c.json(device, 200);
  },
);

pushApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "get",
      path: "/push-subscriptions",
      operationId: "listPushSubscriptions",
      tags: ["notifications"],
      summary: "The browsers that one's notifications are pushed to",
      description: "Oldest first, each by its push service and browser.",
      responses: {
        200: { description: "All of them", content: { "application/json": { schema: PushDeviceList } } },
      },
    },
  ),
  async (c) => c.json({ data: await listDevices(c.get("ctx")), next_cursor: null }, 200),
);

pushApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "delete",
      path: "/push-subscriptions/{id}",
      operationId: "deletePushSubscription",
      tags: ["notifications"],
      summary: "Push nothing more to a browser",
      description: "The browser itself keeps its subscription until it ends it.",
      request: { params: PushDeviceParams },
      responses: { 204: { description: "It is removed" }, ...problems(404, 422) },
    },
  ),
  async (c) => {
    await removeDevice(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  },
);
