// Telling how far a run is: on a terminal a line that renews itself, on SIGUSR1 a line anywhere.

import { tell } from './terminal.js';

/** How often the line is renewed, in milliseconds. */
const interval = 250;
const clearLine = '\r\u001b[K';

/** @param live whether the line on the terminal is wanted; @returns what ends it all */
export function showProgress(text: () => string, live: boolean): () => void {
  const onSignal = (): void => {
    tell(`${live ? clearLine : ''}${text()}\n`);
  };
  const timer = live ? setInterval(() => tell(`${clearLine}${text()}`), interval) : undefined;
  process.on('SIGUSR1', onSignal);
  return () => {
    clearInterval(timer);
    process.off('SIGUSR1', onSignal);
    if (live) tell(clearLine);
  };
}

/** Calls `stop` at the first SIGINT or SIGTERM; the second one ends the process. @returns what forgets it */
export function onInterrupt(stop: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const forget = (): void => {
    for (const signal of signals) process.off(signal, first);
  };
  const first = (): void => {
    forget();
    stop();
  };
  for (const signal of signals) process.on(signal, first);
  return forget;
}
