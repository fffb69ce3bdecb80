import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** A field of a message: its number and what stands there, as it is written. */
type Written = (writer: BinaryWriter) => BinaryWriter;

export const text =
  (number: number, value: string): Written =>
  (writer) =>
    writer.tag(number, WireType.LengthDelimited).string(value);
export const bytes =
  (number: number, value: Uint8Array): Written =>
  (writer) =>
    writer.tag(number, WireType.LengthDelimited).bytes(value);
export const inner = (number: number, ...fields: Written[]): Written => bytes(number, message(...fields));
export const double =
  (number: number, value: number): Written =>
  (writer) =>
    writer.tag(number, WireType.Bit64).double(value);
export const fixed64 =
  (number: number, value: bigint): Written =>
  (writer) =>
    writer.tag(number, WireType.Bit64).fixed64(value);
export const varint =
  (number: number, value: bigint | number): Written =>
  (writer) =>
    writer.tag(number, WireType.Varint).int64(BigInt(value));
export const packed =
  (number: number, values: readonly number[]): Written =>
  (writer) => {
    writer.tag(number, WireType.LengthDelimited).fork();
    for (const value of values) writer.uint32(value);
    return writer.join();
  };

export const zigzag =
  (number: number, value: number): Written =>
  (writer) =>
    writer.tag(number, WireType.Varint).sint64(value);
export const packedZigzag =
  (number: number, values: readonly number[]): Written =>
  (writer) => {
    writer.tag(number, WireType.LengthDelimited).fork();
    for (const value of values) writer.sint64(value);
    return writer.join();
  };

/** A message in protobuf, written by hand, so that it can also be wrong. */
export function message(...fields: Written[]): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  for (const write of fields) write(writer);
  return writer.finish();
}
