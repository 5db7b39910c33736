export interface Verified {
  readonly ok: boolean;
  /** Why not. */
  readonly reason?: string;
  /** The thumbprint of the key. */
  readonly keyId?: string;
}

export function createVerifier(
  mesh: string,
  options?: {
    readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>;
    readonly now?: () => number;
  },
): (host: string, headers: Readonly<Record<string, string>>) => Promise<Verified>;
