// Owns the limits of key derivation that Cloudflare enforces and the local runtime does not.
// workerd, src/workerd/io/limit-enforcer.h: the defaults, which the standalone server switches off.

const MAX_PBKDF2_ITERATIONS = 100_000;
const MAX_SCRYPT_COST = 2 ** 20;
/** A Worker has 128 MB for all its requests. */
const MAX_SCRYPT_BYTES = 64 * 1024 * 1024;

export function checkIterations(iterations: number): void {
  if (iterations > MAX_PBKDF2_ITERATIONS)
    throw new Error(
      `Pbkdf2 failed: iteration counts above ${MAX_PBKDF2_ITERATIONS} are not supported (requested ${iterations})`,
    );
}

export function checkScrypt(N: number, r: number, p: number): void {
  if (N * r * p > MAX_SCRYPT_COST || 128 * N * r > MAX_SCRYPT_BYTES)
    throw new Error(`Scrypt failed: N ${N}, r ${r}, p ${p} cost more than a Worker allows`);
}
