// Type information in BTF, Linux's format: of functions that take nothing and return an int, all static.
//
//   header  magic, version, size of itself; where types and names are, from its end on
//   types   1: int, 2: the prototype, 3 …: a function each

const [headerBytes, magic, version] = [24, 0xeb9f, 1];
const kinds = { int: 1, function: 12, prototype: 13 } as const;
/** Signed, 32 bits from bit 0 on. */
const intEncoding = (1 << 24) | 32;
const [intType, prototypeType] = [1, 2];

/** The type of a function, by its index. */
export function functionType(index: number): number {
  return prototypeType + 1 + index;
}

/** The type information of so many functions. */
export function functionTypes(count: number): Uint8Array {
  const names = new Names();
  const types = [
    ...[names.add('int'), kinds.int << 24, 4, intEncoding],
    ...[0, kinds.prototype << 24, intType],
    ...Array.from({ length: count }, (_, index) => [
      names.add(`f${index}`),
      kinds.function << 24,
      prototypeType,
    ]).flat(),
  ];
  const typeBytes = 4 * types.length;
  const bytes = Buffer.alloc(headerBytes + typeBytes + names.text.length);
  bytes.writeUInt16LE(magic, 0);
  bytes.writeUInt8(version, 2);
  const header = [headerBytes, 0, typeBytes, typeBytes, names.text.length];
  for (const [index, word] of [...header, ...types].entries()) bytes.writeUInt32LE(word, 4 + 4 * index);
  bytes.write(names.text, headerBytes + typeBytes, 'latin1');
  return bytes;
}

/** Names one after the other, each ended by 0; the first is empty. */
class Names {
  text = '\0';

  add(name: string): number {
    const at = this.text.length;
    this.text += `${name}\0`;
    return at;
  }
}
