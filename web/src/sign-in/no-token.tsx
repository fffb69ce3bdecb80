import { AlonePage } from "./alone-page.tsx";

/** For who came without the token of a mail. */
export function NoToken() {
  return (
    <AlonePage title="This link is incomplete">
      <p>Part of it is missing. Open the link in the mail again, or copy all of it into the address bar.</p>
    </AlonePage>
  );
}
