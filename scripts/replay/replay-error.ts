/** The replay cannot go on for a reason that its user can mend: shown as it is, without a stack. */
export class ReplayError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ReplayError";
  }
}
