/** Runs one read at a time, so that an older answer never comes after a newer one. */
export class SerialRead {
  private readonly read: () => Promise<void>;
  private running: Promise<void> | null = null;
  private next: Promise<void> | null = null;

  constructor(read: () => Promise<void>) {
    this.read = read;
  }

  /** Joins the read that is under way, or begins one. */
  join(): Promise<void> {
    return this.running ?? this.begin();
  }

  /** A read that begins after this call, and so sees whatever was committed before it. */
  anew(): Promise<void> {
    if (this.running === null) return this.begin();
    const settled = this.running.then(
      () => undefined,
      () => undefined,
    );
    this.next ??= settled.then(() => {
      this.next = null;
      return this.begin();
    });
    return this.next;
  }

  private begin(): Promise<void> {
    const reading = this.read().finally(() => {
      if (this.running === reading) this.running = null;
    });
    this.running = reading;
    return reading;
  }
}
