// Owns how a command names a mesh: `--url` and the API key. Does not verify the key: the mesh does.
import { apiKeyFrom } from './api-key.ts';

export interface MeshAccess {
  /** Without a path. */
  readonly url: string;
  readonly apiKey: string;
}

/** What is wrong as a string, with the fix. `localKey` is that of the folder of a local mesh. */
export function readMeshAccess(
  urlText: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  localKey?: string,
): MeshAccess | string {
  const url = URL.parse(urlText ?? '');
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    return '--url must be the URL of a mesh, such as http://127.0.0.1:8787.';
  const apiKey = apiKeyFrom(env) ?? localKey;
  if (!apiKey) return 'PROBEMESH_API_KEY is not set: set it to an API key with the role admin.';
  return { url: url.origin, apiKey };
}
