// Regular expressions of checks: RE2 syntax, time linear in the text, and bounded. Pure.
import { RE2JS } from 're2js';
import { z } from 'zod';

const LONGEST_PATTERN = 512;
/** Instructions of a compiled pattern: what it costs at each character, in the worst case. */
const MOST_INSTRUCTIONS = 1_000;
/** Characters times instructions: about a third of a second at worst, during which the probe does nothing else. */
const MOST_STEPS = 20_000_000;

/** What is wrong with a pattern, and where; null when nothing is. Syntax: github.com/google/re2/wiki/Syntax */
export function patternProblem(pattern: string): string | null {
  try {
    const { instructions } = compile(pattern);
    return instructions > MOST_INSTRUCTIONS
      ? `This pattern is too large (${instructions} steps a character, ${MOST_INSTRUCTIONS} at most): write smaller repetitions.`
      : null;
  } catch (error) {
    const { error: what, input } = error as { readonly error?: string; readonly input?: string };
    return `This is no regular expression in RE2 syntax: ${what ?? String(error)}${input ? ` at "${input}"` : ''}. It has no look-around and no back-references.`;
  }
}

export const patternSchema = z
  .string()
  .min(1, { error: 'Write a pattern.' })
  .max(LONGEST_PATTERN, { error: `Write at most ${LONGEST_PATTERN} characters.` })
  .superRefine((pattern, context) => {
    const message = patternProblem(pattern);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

export interface Matched {
  readonly found: boolean;
  /** So many characters were looked at: fewer than there are where a large pattern meets a long text. */
  readonly examined: number;
  /** Characters times instructions. */
  readonly steps: number;
}

/** Whether the pattern is anywhere in the text, or (`whole`) is all of it. Throws where the pattern is none. */
export function matchPattern(pattern: string, text: string, whole = false): Matched {
  const { regex, instructions } = compile(whole ? `^(?:${pattern})$` : pattern);
  const examined = Math.min(text.length, Math.floor(MOST_STEPS / instructions));
  return { found: regex.test(text.slice(0, examined)), examined, steps: examined * instructions };
}

interface Compiled {
  readonly regex: RE2JS;
  readonly instructions: number;
}

/** A look reads its options and then uses them: the second time nothing is compiled. */
const known = new Map<string, Compiled>();
const MOST_KNOWN = 64;

/** For a caller that has many texts, and minds the cost itself. Throws where the pattern is none. */
export function compile(pattern: string): Compiled {
  const before = known.get(pattern);
  if (before) return before;
  const regex = RE2JS.compile(pattern);
  const made = { regex, instructions: Math.max(1, regex.programSize()) };
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(pattern, made);
  return made;
}
