// Owns which passwords are refused: too short, too long, or among the first that an attacker tries. Pure.
// Length counts, not classes of characters (NIST SP 800-63B, section 3.1.1.2).

export const MIN_PASSWORD_LENGTH = 12;
export const MAX_PASSWORD_LENGTH = 256;

const FIX = 'Use four or more random words, or let a password manager make one.';

/** Words of the passwords that leaks contain most often. The rest of such a password is digits. */
const WORDS = [
  ...['password', 'passwort', 'passw', 'pass', 'welcome', 'willkommen', 'letmein', 'changeme', 'default'],
  ...[
    'administrator',
    'admin',
    'root',
    'user',
    'guest',
    'login',
    'secret',
    'test',
    'temp',
    'master',
    'access',
  ],
  ...['qwertyuiop', 'qwerty', 'qwertz', 'azerty', 'asdfgh', 'zxcvbn', 'qazwsx', 'abc'],
  ...['iloveyou', 'sunshine', 'princess', 'football', 'baseball', 'dragon', 'monkey', 'shadow', 'superman'],
  ...[
    'batman',
    'starwars',
    'pokemon',
    'liverpool',
    'michael',
    'charlie',
    'jordan',
    'summer',
    'winter',
    'spring',
  ],
  ...[
    'hello',
    'trustno',
    'whatever',
    'computer',
    'internet',
    'probemesh',
    'monitor',
    'monitoring',
    'company',
  ],
].toSorted((a, b) => b.length - a.length);

const ROWS = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertzuiop'];
const SEQUENCES = ROWS.flatMap((row) => [row.repeat(30), [...row].toReversed().join('').repeat(30)]);

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

const MIN_DISTINCT = 5;
/** Letters and digits that are left without the words. */
const MIN_REST = 6;

/** What is wrong with a new password, and the fix. Null if it is accepted. */
export function passwordProblem(password: string, username: string): string | null {
  const text = password.normalize('NFKC');
  const { length } = [...text];
  if (length < MIN_PASSWORD_LENGTH)
    return `The password must have at least ${MIN_PASSWORD_LENGTH} characters. ${FIX}`;
  if (length > MAX_PASSWORD_LENGTH)
    return `The password must have at most ${MAX_PASSWORD_LENGTH} characters. Use a shorter one.`;
  return isGuessable(text.toLowerCase(), username)
    ? `The password is too easy to guess: it is your username, a well-known password, or a simple pattern. ${FIX}`
    : null;
}

function isGuessable(text: string, username: string): boolean {
  if (new Set(text).size < MIN_DISTINCT) return true;
  const plain = text.replace(/[^\p{L}\p{N}]/gu, '');
  if (isPattern(plain)) return true;
  const words = [...partsOf(username), ...WORDS];
  return [text, unleet(text)].some((form) => {
    const rest = words
      .reduce((left, word) => left.replaceAll(word, ' '), form)
      .replace(/[^\p{L}\p{N}]/gu, '');
    // Without a letter or digit of its own, the password is all signs: those are rare in lists.
    return plain !== '' && (rest.length < MIN_REST || (rest.length < plain.length && isPattern(rest)));
  });
}

/** `ada.lovelace@shop.test`: whole, and each part that is long enough to matter. */
const partsOf = (username: string): string[] =>
  [username, ...username.split(/[._@+-]/)].filter((part) => part.length >= 3);

const unleet = (text: string): string => [...text].map((character) => LEET[character] ?? character).join('');

/** A row of keys or of the alphabet, or a short unit that repeats. */
const isPattern = (plain: string): boolean =>
  plain !== '' &&
  (SEQUENCES.some((sequence) => sequence.includes(plain)) || /^(.{1,4}?)\1{2,}.{0,3}$/u.test(plain));
