// Owns what one rendering of a template may cost: steps, and the characters that its filters and comparisons read and write.
// The clock of a Worker stands still between I/O, so a limit of time limits nothing. Pure.

/** Parts of the template that are rendered. */
export const MAX_STEPS = 5_000;
/** Characters. One rendering takes a few milliseconds at most, and other channels wait for it. */
export const MAX_WORK = 1_000_000;
/** What a filter or a comparison costs at least, in characters. */
const MIN_COST = 50;

/** The place in the library's context where the work of a rendering is counted. */
interface Counted {
  readonly renderLimit?: { use(cost: number): void };
}

const sizeOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);

/** Objects have no size of their own: what is made of them has. */
export const countWork = (context: Counted | undefined, ...values: readonly unknown[]): void =>
  context?.renderLimit?.use(values.reduce<number>((sum, value) => sum + sizeOf(value), MIN_COST));
