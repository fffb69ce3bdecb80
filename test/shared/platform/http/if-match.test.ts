import { expect, it } from "vitest";
import { etag, expectRevision, IfMatch } from "../../../../shared/platform/http/if-match.ts";

/** Whether an edit with this `If-Match` may be made to revision 3. */
function allows(header: string | undefined): boolean | "not a tag" {
  const parsed = IfMatch.safeParse({ "if-match": header });
  if (!parsed.success) return "not a tag";
  try {
    expectRevision(parsed.data["if-match"], { revision: 3 });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "stale_edit" });
    return false;
  }
}

it.each([
  [undefined, true],
  ["*", true],
  [etag({ revision: 3 }).etag, true],
  ['"2"', false],
  ['"2", "3"', true],
  ['"1" ,"2",', false],
  [', "3"', true],
  ['"a,b", "3"', true],
  ['W/"3"', false],
  ['W/"3", "3"', true],
  ['"686897696a7c876b7e"', false],
  ['""', false],
  ['"03"', false],
  ["3", "not a tag"],
  ['"3', "not a tag"],
  ['w/"3"', "not a tag"],
  ['"2" "3"', "not a tag"],
  ['*, "3"', "not a tag"],
  [`"3"${" , ".repeat(300)}x`, "not a tag"],
])("If-Match: %s against revision 3: %s", (header, allowed) => {
  expect(allows(header)).toBe(allowed);
});

it("a revision's tag stays strong on its way, since nothing may repack the answer", () => {
  expect(etag({ revision: 3 })["cache-control"]).toContain("no-transform");
});
