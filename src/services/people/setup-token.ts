// Owns whether the setup token still makes an admin: it is configured, and unused. Does not use it up: the setup does.
import type { Config } from '../../env.ts';
import { isUsed } from '../../store/used-tokens.ts';

export const isSetupOpen = async ({
  db,
  setupTokenSha256,
}: Pick<Config, 'db' | 'setupTokenSha256'>): Promise<boolean> =>
  setupTokenSha256 !== null && !(await isUsed(db, setupTokenSha256));
