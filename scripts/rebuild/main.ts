// `npm run rebuild -- --url URL` verifies the state of a mesh and has it rebuilt, and prints what was done.
import { rebuildCommand } from './command.ts';

process.exitCode = await rebuildCommand(process.argv.slice(2), {
  env: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
});
