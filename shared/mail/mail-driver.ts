/** What is handed to whoever carries mails. */
export interface OutgoingMail {
  /** The same at each try, for services that recognise what they have sent already. */
  id: string;
  /** `Name <address>` or an address. */
  from: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** Hands a mail to a service that carries it. Rejects with `MailNotTaken`, or with whatever stood in the way. */
export interface MailDriver {
  send(mail: OutgoingMail): Promise<void>;
}

/**
 * The service did not take a mail. The message is kept and logged, so it names codes of the service and never
 * its words, which may repeat an address.
 */
export class MailNotTaken extends Error {
  /** Whether this mail will never be taken. */
  readonly final: boolean;
  /** When the service wants to be asked again. */
  readonly retry_after_ms: number;
  constructor(message: string, options: { final: boolean; retry_after_ms?: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "MailNotTaken";
    this.final = options.final;
    this.retry_after_ms = options.retry_after_ms ?? 0;
  }
}
