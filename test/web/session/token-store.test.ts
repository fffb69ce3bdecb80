import { expect, test } from "vitest";
import { createTokenStore } from "../../../web/src/session/token-store.ts";

function pageWith(getItem: () => string | null, setItem: () => void) {
  return {
    localStorage: {
      length: 0,
      key: () => null,
      clear: () => undefined,
      removeItem: setItem,
      getItem,
      setItem,
    },
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  };
}

test.each(["", "{", "null", '{"refresh_token":1}', '{"refresh_token":"r"}'])(
  "what another hand wrote, %j, is as good as nothing",
  (text) => {
    expect(
      createTokenStore(
        pageWith(
          () => text,
          () => undefined,
        ),
      ).read(),
    ).toBeNull();
  },
);

test("where storage is off, the page remembers for as long as it is open", () => {
  const off = () => {
    throw new DOMException("denied", "SecurityError");
  };
  const store = createTokenStore(pageWith(off, off));
  expect(store.read()).toBeNull();
  store.write({ refresh_token: "r", login: "l" });
  expect(store.read()).toEqual({ refresh_token: "r", login: "l" });
  store.write(null);
  expect(store.read()).toBeNull();
});
