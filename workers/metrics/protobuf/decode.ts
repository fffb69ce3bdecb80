import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { AppError } from "../../../shared/platform/errors.ts";

/** How a field's value is written (https://protobuf.dev/programming-guides/encoding/). */
type Scalar =
  | "bool"
  | "double"
  | "fixed64"
  | "int64"
  | "sfixed64"
  | "sint32"
  | "sint64"
  | "string"
  | "uint32"
  | "uint64";

/** A field: what it is called once it is read, and how it is written. `many`: it may be there any number of times. */
export interface Field {
  name: string;
  kind: Scalar | Shape;
  many?: true;
}

/** The fields of a message that are read, by their numbers; others are passed over. */
export type Shape = Readonly<Record<number, Field>>;

/** A message as an object; integers of 64 bits are text, as in JSON. What was left out is not there. */
export type Message = Record<string, unknown>;

/** Stands where a message or a text cannot be read, though what is around it can. No schema takes it. */
export const DAMAGED = Symbol("damaged");

/**
 * Messages and repeated values that a body may hold. A value on the wire may take one byte, and two for a message: without
 * a bound, 8 MiB would become gigabytes of objects.
 */
const MOST_VALUES = 1_000_000;

const SCALARS: Record<Scalar, { wire: WireType; read: (reader: BinaryReader) => unknown }> = {
  bool: { wire: WireType.Varint, read: (reader) => reader.bool() },
  double: { wire: WireType.Bit64, read: (reader) => reader.double() },
  fixed64: { wire: WireType.Bit64, read: (reader) => String(reader.fixed64()) },
  sfixed64: { wire: WireType.Bit64, read: (reader) => String(reader.sfixed64()) },
  int64: { wire: WireType.Varint, read: (reader) => String(reader.int64()) },
  uint64: { wire: WireType.Varint, read: (reader) => String(reader.uint64()) },
  uint32: { wire: WireType.Varint, read: (reader) => reader.uint32() },
  sint32: { wire: WireType.Varint, read: (reader) => reader.sint32() },
  sint64: { wire: WireType.Varint, read: (reader) => String(reader.sint64()) },
  string: { wire: WireType.LengthDelimited, read: readText },
};

/** A text that is not UTF-8 is passed over as a whole. */
function readText(reader: BinaryReader): string | typeof DAMAGED {
  try {
    return reader.string(true);
  } catch (error) {
    if (error instanceof TypeError) return DAMAGED;
    throw error;
  }
}

/** Counts values while a body is read. */
class Budget {
  #left = MOST_VALUES;

  spend(): void {
    this.#left -= 1;
    if (this.#left < 0)
      throw new AppError(
        "body_too_large",
        `The body holds more than ${MOST_VALUES} messages and values; send less at a time.`,
      );
  }
}

/**
 * Reads a message in protobuf. A message within it that cannot be read is `DAMAGED`, and loses nothing beside itself.
 * Nothing is compiled at run time: shapes are tables.
 * @throws `unreadable_body` where the outermost message is none, `body_too_large` for too many values.
 */
export function decodeMessage(bytes: Uint8Array, shape: Shape): Message {
  try {
    return readMessage(new BinaryReader(bytes), shape, new Budget());
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("unreadable_body", "The body is not the protobuf message that content-type names.", {
      cause,
    });
  }
}

function readMessage(reader: BinaryReader, shape: Shape, budget: Budget): Message {
  const message: Message = {};
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const field = shape[number];
    if (field === undefined || !readField(reader, field, wire, message, budget)) reader.skip(wire, number);
    requireWithin(reader);
  }
  return message;
}

/** Reads a field into its message; false where it is written in another way than it should be, and so is unknown. */
function readField(
  reader: BinaryReader,
  { name, kind, many }: Field,
  wire: WireType,
  message: Message,
  budget: Budget,
): boolean {
  const keep = (value: unknown) => {
    budget.spend();
    if (many === undefined) message[name] = value;
    else if (Array.isArray(message[name])) message[name].push(value);
    else message[name] = [value];
  };
  if (typeof kind !== "string") {
    if (wire !== WireType.LengthDelimited) return false;
    keep(readInner(reader.bytes(), kind, budget));
    return true;
  }
  const scalar = SCALARS[kind];
  if (wire === scalar.wire) keep(scalar.read(reader));
  else if (many !== undefined && wire === WireType.LengthDelimited) {
    const packed = new BinaryReader(reader.bytes());
    while (packed.pos < packed.len) keep(scalar.read(packed));
    requireWithin(packed);
  } else return false;
  return true;
}

/** The library reads a field's last byte wherever its length says it is. */
function requireWithin({ pos, len }: BinaryReader): void {
  if (pos > len) throw new RangeError("a field is longer than its message");
}

function readInner(bytes: Uint8Array, shape: Shape, budget: Budget): Message | typeof DAMAGED {
  try {
    return readMessage(new BinaryReader(bytes), shape, budget);
  } catch (error) {
    if (error instanceof AppError) throw error;
    return DAMAGED;
  }
}
