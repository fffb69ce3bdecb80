import { verifyAudit } from "./commands/audit-verify.ts";
import { runAsProcess } from "./local/run-as-process.ts";

await runAsProcess(verifyAudit);
