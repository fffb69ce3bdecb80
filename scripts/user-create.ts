import { createAccount } from "./commands/user-create.ts";
import { runAsProcess } from "./local/run-as-process.ts";

await runAsProcess(createAccount);
