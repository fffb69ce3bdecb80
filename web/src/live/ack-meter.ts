export const ACK_EVERY_CHARACTERS = 256 * 1024;
export const ACK_EVERY_FRAMES = 100;

/** Counts what has been read since the last acknowledgement. */
export class AckMeter {
  #characters = 0;
  #frames = 0;
  #read = new Map<string, number>();

  /** Notes a frame that was handled; true when it is time to acknowledge. */
  read(collection: string, seq: number, characters: number): boolean {
    this.#read.set(collection, seq);
    this.#characters += characters;
    this.#frames += 1;
    return this.#characters >= ACK_EVERY_CHARACTERS || this.#frames >= ACK_EVERY_FRAMES;
  }

  /** The acknowledgements that are due; begins anew. */
  take(): { collection: string; seq: number }[] {
    const due = [...this.#read].map(([collection, seq]) => ({ collection, seq }));
    this.#read.clear();
    this.#characters = 0;
    this.#frames = 0;
    return due;
  }
}
