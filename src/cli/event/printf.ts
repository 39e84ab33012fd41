// printf as the kernel's `print fmt` uses it.

/** What is printed; undefined where it isn't known. */
export type CValue = bigint | string | Uint8Array | undefined;

const directive = /%([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?(hh|h|ll|l|L|z|j|t|q)?([diuxXocs%]|p\w*)/g;
const bits: Readonly<Record<string, number>> = { hh: 8, h: 16, l: 64, ll: 64, L: 64, z: 64, j: 64, t: 64, q: 64 };

/** The format with its values; a directive without one stays as it is. */
export function printf(format: string, values: readonly CValue[]): string {
  const left = values.values();
  const number = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    return text === '*' ? Number(left.next().value ?? 0) : Number(text);
  };
  return format.replace(directive, (whole, flags: string, wide, exact, length: string | undefined, type: string) => {
    if (type === '%') return '%';
    const [width, precision] = [number(wide), number(exact)];
    const { value, done } = left.next();
    if (done === true) return whole;
    const text = converted(value, type, { flags, precision, bits: bits[length ?? ''] ?? 32 });
    const fill = flags.includes('0') && !flags.includes('-') && type !== 's' ? '0' : ' ';
    if (width === undefined) return text;
    return flags.includes('-') ? text.padEnd(width) : text.padStart(width, fill);
  });
}

interface How {
  readonly flags: string;
  readonly precision: number | undefined;
  readonly bits: number;
}

function converted(value: CValue, type: string, { flags, precision, bits: width }: How): string {
  if (typeof value !== 'bigint') return typeof value === 'string' ? value.slice(0, precision) : '?';
  const unsigned = BigInt.asUintN(width, value);
  const mark = (prefix: string): string => (flags.includes('#') ? prefix : '');
  switch (type) {
    case 'd':
    case 'i':
      return BigInt.asIntN(width, value)
        .toString()
        .padStart(precision ?? 0, '0');
    case 'u':
      return unsigned.toString().padStart(precision ?? 0, '0');
    case 'x':
    case 'X':
      return mark('0x') + (type === 'x' ? unsigned.toString(16) : unsigned.toString(16).toUpperCase());
    case 'o':
      return mark('0') + unsigned.toString(8);
    case 'c':
      return String.fromCharCode(Number(value & 0xffn));
    case 's':
      return value.toString();
    default: // %p, %pS …: names of functions aren't known
      return `0x${BigInt.asUintN(64, value).toString(16)}`;
  }
}
