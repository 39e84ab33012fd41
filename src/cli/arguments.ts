// Mistakes on the command line, as errors with a place: the line as it was typed, with a caret under the word.

import { type Command, type CommanderError, InvalidArgumentError } from 'commander';
import { BpfError, type Place } from '../base/error.js';
import { nearest } from '../base/nearest.js';

/** What commander says of a command line, in our words; it has stopped at the first mistake. */
export function usageError(error: CommanderError, program: Command, args: readonly string[]): BpfError {
  const command = commandOf(program, args);
  const word = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  switch (error.code) {
    case 'commander.unknownOption': {
      const flags = [command, program].flatMap(({ options }) => options.flatMap(({ long }) => long ?? []));
      return mistake(`unknown option '${word}'`, args, word, nearest(word, [...flags, '--help']));
    }
    case 'commander.unknownCommand': {
      const names = command.commands.map((candidate) => candidate.name());
      return mistake(`unknown command '${word}'`, args, word, nearest(word, names));
    }
    case 'commander.optionMissingArgument':
      return mistake(`the option '${word}' wants a value`, args, flagOf(word, args));
    case 'commander.missingArgument':
      return mistake(`expected <${word}>`, args, undefined);
    case 'commander.excessArguments':
      return mistake(`'${command.name()}' takes fewer arguments`, args, undefined);
    case 'commander.help': {
      const wanted = args.at(-1) ?? '';
      const names = command.commands.map((candidate) => candidate.name());
      return args.at(-2) === 'help'
        ? mistake(`unknown command '${wanted}'`, args, wanted, nearest(wanted, names))
        : mistake('expected the name of a command', args, wanted);
    }
    default:
      return mistake(sentence(error.message), args, flagOf(word, args));
  }
}

/** The command that a line names: the innermost, where commands have commands of their own. */
function commandOf(program: Command, args: readonly string[]): Command {
  const [word, ...rest] = args;
  const found = program.commands.find((candidate) => candidate.name() === word);
  return found === undefined ? program : commandOf(found, rest);
}

/** The number of an option, checked. @throws InvalidArgumentError, which becomes a usage error */
export function count(text: string): number {
  if (!/^[0-9]+$/.test(text) || Number(text) === 0 || Number(text) > 0xffff_ffff) {
    throw new InvalidArgumentError('expected a whole number from 1 to 4294967295');
  }
  return Number(text);
}

/** An option that is given several times for more; @returns how often it was */
export function repeated(command: Command, flag: string, description: string): () => number {
  let times = 0;
  command.option(flag, description).on(`option:${flag.slice(1)}`, () => times++);
  return () => times;
}

/** @throws BpfError 'usage' when one of the options, by their attributes, was given: it `is for` something else */
export function refuseOptions(command: Command, attributes: readonly string[], isFor: string): void {
  const args = process.argv.slice(2);
  for (const option of command.options) {
    const name = option.attributeName();
    if (!attributes.includes(name) || command.getOptionValueSource(name) !== 'cli') continue;
    throw mistake(`${option.long ?? option.short} is for ${isFor}`, args, flagOf(option.flags, args));
  }
}

/** A mistake in the use of options that commander can't see. */
export function mistake(
  message: string,
  args: readonly string[],
  word: string | undefined,
  suggestion?: string,
): BpfError {
  return new BpfError('usage', message, { place: wordPlace(args, word), suggestion });
}

/** Of the flags of an option (`-c, --limit <count>`), the one that was used. */
function flagOf(flags: string, args: readonly string[]): string | undefined {
  const forms = flags.split(/[ ,]+/).filter((form) => form.startsWith('-'));
  return args.find((arg) => forms.includes(arg.replace(/=.*/, '')));
}

/** The place of a word in the command line; its end, where something is missing. */
function wordPlace(args: readonly string[], word: string | undefined): Place {
  let source = 'unibpf';
  let place: Place | undefined;
  for (const arg of args) {
    const shown = /^[\w./:=,@%+-]+$/.test(arg) ? arg : `'${arg}'`;
    source += ` ${shown}`;
    if (place === undefined && word !== undefined && (arg === word || arg.startsWith(`${word}=`))) {
      place = { source, start: source.length - shown.length, end: source.length };
    }
  }
  return place === undefined ? { source, start: source.length, end: source.length } : { ...place, source };
}

function sentence(message: string): string {
  const words = message.replace(/^error: /, '').replace(/\.$/, '');
  return words.replace(/ is invalid\. (.)/, (_, first: string) => ` is invalid: ${first.toLowerCase()}`);
}
