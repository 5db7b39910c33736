// The tests that mutations of src/engine are held against: fast ones, and the same random worlds every time.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/engine/**/*.test.ts'],
    env: { PROPERTY_RUNS: '4', PROPERTY_SEED: '20261124' },
    testTimeout: 20_000,
    // Nothing here keeps anything between files.
    isolate: false,
    fileParallelism: false,
    bail: 1,
  },
});
