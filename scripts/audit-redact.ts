import { redactAudit } from "./commands/audit-redact.ts";
import { runAsProcess } from "./local/run-as-process.ts";

await runAsProcess(redactAudit);
