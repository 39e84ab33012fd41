// What holds when a program starts.

import * as scalar from '../abstract/scalar.js';
import * as word from '../abstract/word.js';
import type { Argument, Environment } from '../env/environment.js';
import { Frame, State } from './state.js';
import { number, pointer, type Value } from './value.js';

export function startState(environment: Environment): State {
  const main = Frame.entered(0, 0, -1);
  environment.arguments.forEach((argument, index) => {
    main.registers[index + 1] = startValue(environment, argument);
  });
  return new State(0, [main], undefined);
}

function startValue(environment: Environment, argument: Argument): Value {
  switch (argument) {
    case 'context':
      return pointer('context');
    case 'data':
      return pointer('memory', { extent: environment.dataSize });
    case 'length':
      return number(scalar.between(word.fromNumber(environment.dataSize), word.signedMax));
  }
}
