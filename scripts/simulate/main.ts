// Owns the command `npm run -s simulate -- FILE`: it plays a scenario and prints one JSON document.
// Errors go to stderr with the path of the invalid field.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseScenario } from './scenario.ts';
import { simulate } from './simulation.ts';

const USAGE = `npm run -s simulate -- FILE

Plays a scenario file through the engine in virtual time and prints the notifications as JSON.
See examples/scenario.json.`;

function fail(lines: readonly string[]): never {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(1);
}

const [file, ...rest] = process.argv.slice(2);
if (file === '--help' || file === '-h') {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
if (file === undefined || rest.length > 0) fail([USAGE]);

let text: string;
try {
  // npm runs scripts in the project's folder, but the path is relative to the caller's.
  text = readFileSync(resolve(process.env.INIT_CWD ?? process.cwd(), file), 'utf8');
} catch (error) {
  fail([
    `${file}: cannot be read (${(error as NodeJS.ErrnoException).code}). Pass the path of a scenario file.`,
  ]);
}
let json: unknown;
try {
  json = JSON.parse(text);
} catch (error) {
  fail([`${file}: invalid JSON: ${(error as Error).message}`]);
}
const parsed = parseScenario(json);
if (!parsed.ok) fail(parsed.errors.map((error) => `${file}: ${error}`));
const { state: _, ...output } = simulate(parsed.scenario);
process.stdout.write(`${JSON.stringify(output, null, 2)}\n`);
