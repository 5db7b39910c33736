// Owns how a command speaks with a person: lines, questions, and being stopped. Does not know the commands.
import type { Prompts } from './prompts.ts';

export interface Console extends Pick<Prompts, 'confirm' | 'typed' | 'settings'> {
  line(text: string): void;
  readonly isTerminal: boolean;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}
