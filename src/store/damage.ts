// Owns the error of a row that must not be used: what is damaged, and where.

export type DamageCode = 'damaged_snapshot' | 'damaged_journal';

export class Damage extends Error {
  readonly code: DamageCode;

  constructor(code: DamageCode, detail: string) {
    super(detail);
    this.name = 'Damage';
    this.code = code;
  }
}

/** A row that a newer Worker wrote. It is whole, so it must not be rebuilt. */
export class NewerFormat extends Error {}
