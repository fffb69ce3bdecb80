import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { isRefusal } from "../api/problem.ts";
import { send } from "../api/send.ts";
import { CodeField } from "../forms/code-field.tsx";
import { Form } from "../forms/form.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SaidByPage } from "../words/say-failure.ts";

type WithStepUp = <Result>(run: () => Promise<Result>) => Promise<Result>;

const StepUpContext = createContext<WithStepUp>((run) => run());

/** Does something; where the API asks for a fresh second factor, asks the reader for it and does it once more. */
export function useStepUp(): WithStepUp {
  return useContext(StepUpContext);
}

interface Asking {
  proved(): void;
  gaveUp(): void;
}

export function StepUpProvider({ children }: { children: ReactNode }) {
  const [asking, setAsking] = useState<Asking | null>(null);
  const withStepUp = useCallback<WithStepUp>(async (run) => {
    try {
      return await run();
    } catch (error) {
      if (!isRefusal(error, "step_up_required")) throw error;
      const refused = new SaidByPage("Nothing was done: this needs a code of the second factor.");
      const asked = new Promise<void>((proved, failed) =>
        setAsking({ proved, gaveUp: () => failed(refused) }),
      );
      await asked.finally(() => setAsking(null));
      return run();
    }
  }, []);
  return (
    <StepUpContext value={withStepUp}>
      {children}
      {asking && <AskForFactor {...asking} />}
    </StepUpContext>
  );
}

function AskForFactor({ proved, gaveUp }: Asking) {
  const onSubmit = async (value: (name: string) => string) => {
    await send("POST", "/api/v1/auth/mfa/step-up", { code: value("code") });
    proved();
  };
  return (
    <Dialog title="Prove your second factor" onClose={gaveUp}>
      <p>This needs to be you, just now.</p>
      <Form
        submit="Go on"
        onSubmit={onSubmit}
        beside={
          <button type="button" className="button" onClick={gaveUp}>
            Cancel
          </button>
        }
      >
        <CodeField recovery />
      </Form>
    </Dialog>
  );
}
