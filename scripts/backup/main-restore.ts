// `npm run restore` on the command line.
import { restoreCommand } from './restore-command.ts';

process.exitCode = await restoreCommand(process.argv.slice(2), {
  env: process.env,
  // npm runs scripts in the project's folder; paths on the command line are relative to the caller's.
  cwd: process.env.INIT_CWD ?? process.cwd(),
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
});
