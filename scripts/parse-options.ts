// Owns how the commands read a command line: Node's parser, whose error becomes one sentence. Does not know any option.
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Throws what `asError` makes of the sentence that says what is wrong: `Unknown option '--frob'.` */
export function parseOptions<T extends ParseArgsConfig>(
  config: T,
  asError: (sentence: string) => Error,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // What follows is about arguments that begin with a hyphen.
    const [sentence = ''] = (error as Error).message.split('. ');
    throw asError(`${sentence.replace(/\.$/, '')}.`);
  }
}
