// The arrays of numbers that generated JavaScript reads: variables around its function.

type Numbers = Uint8Array | Int32Array | Uint32Array;

export class Constants {
  readonly arrays: Numbers[] = [];
  readonly #names = new Map<string, string>();

  /** The name that the generated text has for an array; arrays of the same numbers are one, since the caches are small. */
  name(array: Numbers): string {
    const content = `${array.BYTES_PER_ELEMENT}:${array.join()}`;
    const known = this.#names.get(content);
    if (known !== undefined) return known;
    const name = `T${this.arrays.push(array) - 1}`;
    this.#names.set(content, name);
    return name;
  }

  /** Declares the names, where `tables` is `arrays`. */
  get declaration(): string {
    const names = this.arrays.map((_, i) => `T${i} = tables[${i}]`);
    return names.length === 0 ? '' : `const ${names.join(', ')};`;
  }
}
