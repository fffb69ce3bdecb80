import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { getJson } from "../support/api.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

let platform: Platform;
let admin: Person;

beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY } });
  admin = await createPerson(platformCtx(platform), { role: "admin" });
}, 120_000);
afterAll(() => platform?.stop());

function makeGroup(name: string, key: string) {
  return fetch(`${platform.url}/api/v1/groups`, {
    method: "POST",
    headers: { ...admin.headers, "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify({ name, description: "d", permissions: ["market:read"] }),
  });
}
const Groups = z.object({ data: z.array(z.object({ id: z.string(), name: z.string() })) });
const groups = async () => {
  const answer = await fetch(`${platform.url}/api/v1/groups`, { headers: admin.headers });
  return Groups.parse(await answer.json()).data.map(({ name }) => name);
};

test("a group that is asked for five times at once under one key is made once, and told to each who asks again", async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => makeGroup("desk", "k1")));
  const made = answers.filter((answer) => answer.status === 201);
  expect(made.length).toBeGreaterThan(0);
  for (const answer of answers) expect([201, 409]).toContain(answer.status);
  const again = await makeGroup("desk", "k1");
  expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
  expect(again.headers.get("etag")).toBe(made[0]?.headers.get("etag"));
  expect(await again.text()).toBe(await made[0]?.text());
  expect(await groups()).toEqual(["desk"]);
});

test("another group under the same key is refused", async () => {
  expect((await makeGroup("other desk", "k1")).status).toBe(422);
  expect(await groups()).toEqual(["desk"]);
});

test("every POST that creates accounts, groups or keys tells of the header in the API document", async () => {
  const Document = z.object({
    paths: z.record(
      z.string(),
      z.object({
        post: z.object({ parameters: z.array(z.object({ name: z.string() })).optional() }).optional(),
      }),
    ),
  });
  const { paths } = Document.parse(await getJson(`${platform.url}/api/openapi.json`));
  for (const path of ["/api/v1/users", "/api/v1/groups", "/api/v1/api-keys", "/api/v1/api-keys/{id}/rotate"])
    expect([path, paths[path]?.post?.parameters?.map(({ name }) => name)]).toEqual([
      path,
      expect.arrayContaining(["Idempotency-Key"]),
    ]);
});
