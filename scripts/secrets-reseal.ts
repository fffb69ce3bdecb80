import { resealSecrets } from "./commands/secrets-reseal.ts";
import { runAsProcess } from "./local/run-as-process.ts";

await runAsProcess(resealSecrets);
