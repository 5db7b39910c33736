// `npm run audit` verifies the audit log of a mesh, or exports it.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { auditCommand } from './command.ts';

process.exitCode = await auditCommand(process.argv.slice(2), {
  env: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  readLines: (path) =>
    createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }),
});
