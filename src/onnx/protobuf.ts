/**
 * The wire format of protocol buffers, as much of it as an ONNX model needs: varints, fixed 32-bit floats, bytes.
 *
 * Source: https://protobuf.dev/programming-guides/encoding. A test reads what is written here with another library.
 */

/** Wire types. */
const varintType = 0;
const lengthDelimited = 2;
const fixed32 = 5;

export class Message {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  #push(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#size += bytes.length;
  }

  #tag(field: number, wireType: number): void {
    this.#push(varint(BigInt((field << 3) | wireType)));
  }

  /** A whole number, negative ones in two's complement of 64 bits. */
  int(field: number, value: number | bigint): this {
    this.#tag(field, varintType);
    this.#push(varint(BigInt.asUintN(64, BigInt(value))));
    return this;
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#tag(field, fixed32);
    this.#push(bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, lengthDelimited);
    this.#push(varint(BigInt(value.length)));
    this.#push(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    this.#tag(field, lengthDelimited);
    this.#push(varint(BigInt(value.size)));
    for (const part of value.#parts) this.#push(part);
    return this;
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
