// The names of Linux's error numbers (asm-generic/errno.h) that policies use.

import { actionParts } from './action.js';

const names =
  ' EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS'.split(
    ' ',
  );
const others: readonly (readonly [string, number])[] = [
  ['ENODATA', 61],
  ['EOVERFLOW', 75],
  ['EUSERS', 87],
  ['EOPNOTSUPP', 95],
  ['EAFNOSUPPORT', 97],
  ['ENOBUFS', 105],
  ['ETIMEDOUT', 110],
  ['ECONNREFUSED', 111],
];
const numbers: ReadonlyMap<string, number> = new Map([
  ...names.map((name, number) => [name, number] as const).slice(1),
  ...others,
]);

/** The number of an error, or undefined where the name is unknown. */
export function errnoOf(name: string): number | undefined {
  return numbers.get(name);
}

/** The name of an error number, or its digits. */
function errnoName(number: number): string {
  for (const [name, value] of numbers) if (value === number) return name;
  return String(number);
}

/** An answer as people write it: `ALLOW`, `ERRNO(EPERM)`, `TRACE(5)`. */
export function actionText(value: number): string {
  const { name, data } = actionParts(value);
  if (name === undefined) return `0x${value.toString(16)}`;
  if (name === 'ERRNO') return `ERRNO(${errnoName(data)})`;
  return data === 0 && name !== 'TRACE' ? name : `${name}(${data})`;
}
