// Owns how a caught value becomes text, for the coordinator, the probes and the scripts alike.

export const errorMessage = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
