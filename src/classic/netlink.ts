// The search for an attribute in a netlink message, as the extensions `nla` and `nlan` make it (lib/nlattr.c).
//
// byte  0-1      2-3           4…
//       length   type | flags  payload, padded to 4 bytes; both numbers in the machine's order, which is little-endian here

const headerBytes = 4;
const typeMask = 0x3fff;

interface Attribute {
  readonly length: number;
  readonly type: number;
}

/** Offset of the first attribute of a type from `offset` on, or 0 where there is none. */
export function findAttribute(data: Uint8Array, offset: number, type: number): number {
  return offset > data.length - headerBytes ? 0 : search(data, offset, data.length, type);
}

/** The same among the attributes within the attribute at `offset`. */
export function findNestedAttribute(data: Uint8Array, offset: number, type: number): number {
  const outer = attributeAt(data, offset, data.length);
  return outer === undefined ? 0 : search(data, offset + headerBytes, offset + outer.length, type);
}

function search(data: Uint8Array, start: number, end: number, type: number): number {
  let offset = start;
  for (let attribute = attributeAt(data, offset, end); attribute; attribute = attributeAt(data, offset, end)) {
    if (attribute.type === type) return offset;
    offset += Math.ceil(attribute.length / 4) * 4;
  }
  return 0;
}

/** The header at `offset`, or undefined where no whole attribute stands before `end`. */
function attributeAt(data: Uint8Array, offset: number, end: number): Attribute | undefined {
  if (offset + headerBytes > end) return undefined;
  const length = data[offset]! | (data[offset + 1]! << 8);
  const type = (data[offset + 2]! | (data[offset + 3]! << 8)) & typeMask;
  return length < headerBytes || length > end - offset ? undefined : { length, type };
}
