// Owns the regular expressions of checks: RE2 syntax, and bounded time that is linear in the text. Pure.
import { RE2JS } from 're2js';
import { z } from 'zod';

const MAX_PATTERN_LENGTH = 512;
/** Instructions of a compiled pattern: its worst cost for each character. */
const MAX_INSTRUCTIONS = 1_000;
/** Characters times instructions: at worst a third of a second, in which the probe does nothing else. */
const MAX_STEPS = 20_000_000;

/** Why a pattern is not valid, and where; null if it is valid. Syntax: github.com/google/re2/wiki/Syntax */
export function patternError(pattern: string): string | null {
  try {
    const { instructions } = compile(pattern);
    return instructions > MAX_INSTRUCTIONS
      ? `This pattern is too large: ${instructions} steps a character, at most ${MAX_INSTRUCTIONS} are allowed. Use smaller repetitions.`
      : null;
  } catch (error) {
    const { error: what, input } = error as { readonly error?: string; readonly input?: string };
    return `Invalid regular expression: ${what ?? String(error)}${input ? ` at "${input}"` : ''}. Use RE2 syntax, without lookaround and back-references.`;
  }
}

export const patternSchema = z
  .string()
  .min(1, { error: 'The pattern is empty. Enter a pattern, or remove the field.' })
  .max(MAX_PATTERN_LENGTH, { error: `A pattern must have at most ${MAX_PATTERN_LENGTH} characters.` })
  .superRefine((pattern, context) => {
    const message = patternError(pattern);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

export interface Matched {
  readonly found: boolean;
  /** Characters that were searched: fewer than the text has if a large pattern meets a long text. */
  readonly examined: number;
  /** Characters times instructions. */
  readonly steps: number;
}

/** Whether the pattern matches somewhere in the text, or (`whole`) all of it. Throws if the pattern is not valid. */
export function matchPattern(pattern: string, text: string, whole = false): Matched {
  const { regex, instructions } = compile(whole ? `^(?:${pattern})$` : pattern);
  const examined = Math.min(text.length, Math.floor(MAX_STEPS / instructions));
  return { found: regex.test(text.slice(0, examined)), examined, steps: examined * instructions };
}

interface Compiled {
  readonly regex: RE2JS;
  readonly instructions: number;
}

/** Assertions that depend on what follows: the end of the text or of a line, and the edge of a word. Escaped ones as well. */
const DEPENDS_ON_END = /\$|\\[bBz]/;

/** Whether the pattern matches a text that continues, however it continues. Steps are counted as in `matchPattern`. */
export function matchBeginning(pattern: string, text: string): Matched {
  const matched = matchPattern(pattern, text);
  if (!matched.found || !DEPENDS_ON_END.test(pattern)) return matched;
  const matcher = compile(pattern).regex.matcher(text.slice(0, matched.examined));
  return { ...matched, found: matcher.find() && matcher.end() < matched.examined, steps: 2 * matched.steps };
}

/** A run parses its options and then uses them: the second time, the pattern is already compiled. */
const compiledPatterns = new Map<string, Compiled>();
const MAX_COMPILED = 64;

/** For a caller that has many texts and limits the cost itself. Throws if the pattern is not valid. */
export function compile(pattern: string): Compiled {
  const known = compiledPatterns.get(pattern);
  if (known) return known;
  const regex = RE2JS.compile(pattern);
  const compiled = { regex, instructions: Math.max(1, regex.programSize()) };
  if (compiledPatterns.size >= MAX_COMPILED) compiledPatterns.clear();
  compiledPatterns.set(pattern, compiled);
  return compiled;
}
