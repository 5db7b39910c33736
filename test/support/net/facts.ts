// Owns how tests read the facts of an observation: by name.
import type { Fact, Observation } from '../../../probes/contract/index.ts';

export const factsOf = ({ facts = [] }: Observation): Record<string, Fact['value']> =>
  Object.fromEntries(facts.map(({ name, value }) => [name, value]));

/** A fact that is one text. */
export const textFact = (observation: Observation, name: string): string => {
  const value = factsOf(observation)[name];
  if (typeof value !== 'string') throw new Error(`the fact ${name} is not a text: ${JSON.stringify(value)}`);
  return value;
};
