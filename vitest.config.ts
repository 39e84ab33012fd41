import { defineConfig } from 'vitest/config';

/** Milliseconds after which a test hangs. None is about time, and a machine with neighbours may take ten times as long as another. */
const testTimeout = 300_000;

export default defineConfig({
  test: { include: ['test/**/*.test.ts'], testTimeout, hookTimeout: testTimeout },
});
