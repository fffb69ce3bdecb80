import type { Permission } from "../../../shared/contracts/access.ts";
import { type MadeKey, MadeKey as MadeKeyShape } from "../api/account.ts";
import { sendFor } from "../api/send.ts";
import { Field } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { ScopesField } from "./scopes-field.tsx";
import { useStepUp } from "./step-up.tsx";

interface MakeKeyProps {
  /** What a key of this person may be allowed. */
  scopes: readonly Permission[];
  onMade(key: MadeKey): void;
}

export function MakeKey({ scopes, onMade }: MakeKeyProps) {
  const withStepUp = useStepUp();
  const onSubmit = async (value: (name: string) => string, data: FormData) => {
    const day = value("expires_at");
    const body = {
      name: value("name"),
      scopes: data.getAll("scopes"),
      // To the end of that day, where the reader is.
      ...(day !== "" && { expires_at: new Date(`${day}T23:59:59`).toISOString() }),
    };
    onMade(await withStepUp(() => sendFor(MadeKeyShape, "POST", "/api/v1/api-keys", body)));
  };
  return (
    <Form submit="Make the key" onSubmit={onSubmit}>
      <Field name="name" label="Name of the key" autoComplete="off" maxLength={100} required />
      <Field name="expires_at" label="Last day (optional)" type="date" autoComplete="off" />
      <ScopesField scopes={scopes} />
    </Form>
  );
}
