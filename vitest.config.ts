import { defineConfig } from 'vitest/config';

// `npm test` is all but test/long/; `npm run test:long` (mode `long`) is that folder alone.
export default defineConfig(({ mode }) => ({
  test: {
    include: [mode === 'long' ? 'test/long/**/*.test.ts' : 'test/**/*.test.ts'],
    exclude: mode === 'long' ? [] : ['test/long/**'],
    testTimeout: mode === 'long' ? 1_200_000 : 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
}));
