// The languages of event filters: that of the kernel, and one with what it lacks.

export const eventDialects = ['linux', 'extended'] as const;

/**
 * `linux` is what the filter files of Linux 6.18 take. `extended` adds unquoted words for strings, fields on both sides of a
 * comparison, arithmetic, `in { … }`, and the names that `print fmt` gives to numbers; what `linux` takes means the same.
 */
export type EventDialect = (typeof eventDialects)[number];
