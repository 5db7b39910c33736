// Owns the form of a local account's username. Pure.

export const USERNAME_PATTERN = /^[a-z0-9][a-z0-9._@+-]{0,62}$/;

/** As it is stored and compared: without spaces around it, in lower case. */
export const normalizeUsername = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

/** What is wrong with a normalised username, and the fix. Null if it is valid. */
export const usernameProblem = (username: string): string | null =>
  USERNAME_PATTERN.test(username)
    ? null
    : 'A username must be 1 to 63 letters a–z, digits, ".", "_", "@", "+" or "-", starting with a letter or digit.';
