// Owns the command `npm run -s simulate -- FILE`: it plays a scenario and prints one JSON document, or its story.
// Errors go to stderr with the path of the invalid field.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseScenario } from './scenario.ts';
import { simulate } from './simulation.ts';
import { Timeline } from './timeline.ts';

const USAGE = `npm run -s simulate -- [--timeline] FILE

Plays a scenario file through the engine in virtual time and prints the notifications as JSON.
  --timeline  Prints what happens as a story for people, one line per event, in place of JSON.
See examples/scenario.json.`;

function fail(lines: readonly string[]): never {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(1);
}

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--timeline');
if (unknown !== undefined) fail([`Unknown option "${unknown}". The only option is --timeline.`, USAGE]);
const [file, ...others] = args.filter((arg) => arg !== '--timeline');
if (file === undefined) fail(['The scenario file is missing.', USAGE]);
if (others.length > 0) fail([`Pass one scenario file, not ${others.length + 1}.`, USAGE]);

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
const timeline = args.includes('--timeline') ? new Timeline(parsed.scenario) : undefined;
const { state: _, ...output } = simulate(parsed.scenario, timeline && { timeline });
process.stdout.write(timeline ? timeline.render(output) : `${JSON.stringify(output, null, 2)}\n`);
