// Owns what the contract between coordinator and probes exports: versioned Zod schemas of job, observation and report.
export * from './facts.ts';
export * from './job.ts';
export * from './observation.ts';
export * from './previous-version.ts';
export * from './report.ts';
export { CONTRACT_VERSION } from './version.ts';
