// Owns the template language: Liquid with a fixed list of tags and filters, and limits that need no clock. Pure.
// Does not decide which variables exist (template-variables.ts) or when a template applies (apply-templates.ts).
import {
  Context,
  defaultOperators,
  type Emitter,
  Liquid,
  type Template as Part,
  toValueSync,
} from 'liquidjs';
import type { TemplateFormat } from './channel.ts';
import { escapeOf } from './template-escape.ts';
import { filtersOf } from './template-filters.ts';
import { countWork, MAX_STEPS, MAX_WORK } from './template-work.ts';

export const MAX_TEMPLATE_BYTES = 4_096;
/** UTF-16 units of the output. Channels cut it to the limits of their vendors. */
export const MAX_OUTPUT: Readonly<Record<TemplateFormat, number>> = {
  text: 10_000,
  json: 30_000,
  form: 30_000,
  header: 1_000,
};

/** No tag reads a file, repeats more often than a list is long, or builds text out of text. */
export const TAGS = [
  ...['if', 'unless', 'case', 'for', 'break', 'continue', 'assign', 'comment', '#'],
] as const;

/** What is wrong with a template, in words for the person who wrote it. */
export class TemplateError extends Error {}

export type Variables = Readonly<Record<string, unknown>>;

export interface CompiledTemplate {
  /** Throws a {@link TemplateError}. */
  render(variables: Variables): string;
  /** Paths that the template reads from its variables: `['monitor', 'name']`. */
  readonly reads: readonly (readonly (string | number)[])[];
}

type Operators = typeof defaultOperators;

/** The library's operators. The last argument of each is the context. */
const COUNTED_OPERATORS = Object.fromEntries(
  Object.entries(defaultOperators).map(([name, operator]) => [
    name,
    (...args: readonly unknown[]) => {
      countWork(args.at(-1) as Context, ...args);
      return (operator as (...args: readonly unknown[]) => unknown)(...args);
    },
  ]),
) as Operators;

const engines = new Map<TemplateFormat, Liquid>();

function engineOf(format: TemplateFormat): Liquid {
  const known = engines.get(format);
  if (known) return known;
  const engine = new Liquid({
    strictFilters: true,
    ownPropertyOnly: true,
    parseLimit: MAX_TEMPLATE_BYTES,
    outputEscape: escapeOf(format),
    operators: COUNTED_OPERATORS,
    // Nothing is read from files. Without it, the library looks for a file system.
    templates: {},
  });
  keepOnly(engine, format);
  engines.set(format, engine);
  return engine;
}

function keepOnly({ tags, filters }: Liquid, format: TemplateFormat): void {
  for (const name of Object.keys(tags)) if (!(TAGS as readonly string[]).includes(name)) delete tags[name];
  for (const name of Object.keys(filters)) delete filters[name];
  Object.assign(filters, filtersOf(format));
}

/** Throws a {@link TemplateError} if the template is not valid. */
export function compileTemplate(text: string, format: TemplateFormat): CompiledTemplate {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_TEMPLATE_BYTES)
    throw new TemplateError(
      `The template has ${bytes} bytes, but at most ${MAX_TEMPLATE_BYTES} are allowed. Shorten it.`,
    );
  if (hasRange(text))
    throw new TemplateError('Ranges such as (1..5) are not allowed. Loop over a list, such as locations.');
  const engine = engineOf(format);
  const parts = explained(() => engine.parse(text));
  return {
    reads: explained(() => engine.globalVariableSegmentsSync(parts)) as CompiledTemplate['reads'],
    render: (variables) => explained(() => renderParts(engine, parts, variables, MAX_OUTPUT[format])),
  };
}

function renderParts(engine: Liquid, parts: Part[], variables: Variables, maxOutput: number): string {
  const context = new Context(variables, engine.options, { sync: true }, limits() as object);
  const output = new LimitedOutput(maxOutput);
  // `engine.renderSync` has no limit of the output.
  toValueSync(engine.renderer.renderTemplates(parts, context, output));
  return output.buffer.toWellFormed();
}

class LimitedOutput implements Emitter {
  buffer = '';
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  write(part: unknown): void {
    // Every value has passed the escaping, so it is text.
    this.buffer += String(part ?? '');
    if (this.buffer.length > this.#max)
      throw new TemplateError(`The output is longer than ${this.#max} characters. Shorten it.`);
  }
}

/** In place of the library's limits of time and memory: each part is a step, and only a range asks for memory. */
function limits() {
  let steps = 0;
  let work = 0;
  return {
    renderLimit: {
      check() {
        steps += 1;
        if (steps > MAX_STEPS)
          throw new TemplateError(`The template takes more than ${MAX_STEPS} steps. Remove nested loops.`);
      },
      use(cost: number) {
        work += cost;
        if (work > MAX_WORK)
          throw new TemplateError(
            `The filters and comparisons of the template read and write more than ${MAX_WORK} characters. Use fewer in loops.`,
          );
      },
    },
    memoryLimit: {
      check() {},
      use() {
        throw new TemplateError(
          'Ranges such as (1..5) are not allowed. Loop over a list, such as locations.',
        );
      },
    },
  };
}

/** Whether a tag or an output contains two full stops outside quotes. A range that this does not see fails as it renders. */
const hasRange = (text: string): boolean =>
  [...text.matchAll(/\{[{%](.*?)[}%]\}/gs)].some(([, code = '']) =>
    code.replace(/"[^"]*"|'[^']*'/g, '').includes('..'),
  );

/** The library's errors as ours. The name of the place is kept: `line:1, col:4`. */
function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    const cause = (error as { originalError?: unknown }).originalError;
    if (cause instanceof TemplateError) throw cause;
    throw new TemplateError(wordsOf(error));
  }
}

const MAX_ERROR = 200;

function wordsOf(error: unknown): string {
  if (error instanceof RangeError) return 'The template is nested too deeply. Simplify it.';
  const [text = ''] = String((error as Error).message).split('\n');
  const filter = /undefined filter: (\S+?),/.exec(text)?.[1];
  const tag = /tag "(\S+)" not found/.exec(text)?.[1];
  if (filter !== undefined)
    return `Unknown filter "${filter}". Use one of those that docs/guide/templates.md lists.`;
  if (tag !== undefined) return `Unknown tag "${tag}". Use one of: ${TAGS.join(', ')}.`;
  const found = text.toWellFormed().slice(0, MAX_ERROR).trim();
  return `Invalid template: ${/[.!?]$/.test(found) ? found : `${found}.`} Correct it.`;
}
