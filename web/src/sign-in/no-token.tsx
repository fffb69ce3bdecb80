import { AlonePage } from "./alone-page.tsx";

/** For who came without the token of a mail. */
export function NoToken() {
  return (
    <AlonePage title="This link is incomplete">
      <p>
        Something of it is missing. Follow the link in the mail once more, or copy all of it into the address
        bar.
      </p>
    </AlonePage>
  );
}
