// Owns the choice of a form of plural by the rules of a language.

type Forms<T> = Partial<Record<Intl.LDMLPluralRule, T>> & { readonly other: T };

/** Chooses by CLDR's rule for the number: `count(2, { one: 'service', other: 'services' })`. */
export function counting(language: string): <T>(n: number, forms: Forms<T>) => T {
  const rules = new Intl.PluralRules(language);
  return (n, forms) => forms[rules.select(n)] ?? forms.other;
}
