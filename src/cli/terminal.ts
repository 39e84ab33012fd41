// What may be written where: colour only on a terminal, lines to standard output without losing any.

import { once } from 'node:events';

/** Whether a stream takes colour: a terminal, unless NO_COLOR is set; anything, where FORCE_COLOR is. */
export function takesColour(
  stream: { readonly isTTY?: boolean },
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = environment;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (refused !== undefined && refused !== '') return false;
  return stream.isTTY === true && terminal !== 'dumb';
}

const codes = { red: 31, green: 32, bold: 1, dim: 2 } as const;

/** Text in a colour, for a stream that takes it. */
export function coloured(text: string, colour: keyof typeof codes, on: boolean): string {
  return on ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}

/** Writes to standard output, and waits while its reader is slower. */
export async function print(text: string): Promise<void> {
  if (text.length > 0 && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** A reader who went away (`| head`) ends the process quietly, with the status of success; `report` is told the rest. */
export function watchOutput(report: (error: Error) => void): void {
  process.stderr.on('error', () => process.exit()); // there is nobody to tell
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') report(error);
    process.exit(error.code === 'EPIPE' ? 0 : process.exitCode);
  });
}
