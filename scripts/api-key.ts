// Owns the environment variables that give a command an API key. Does not verify the key: the mesh does.

/** The key, or undefined without one. `PROBEMESH_ADMIN_TOKEN` is the name that the variable had before keys had roles. */
export const apiKeyFrom = (env: Readonly<Record<string, string | undefined>>): string | undefined =>
  env.PROBEMESH_API_KEY || env.PROBEMESH_ADMIN_TOKEN || undefined;
