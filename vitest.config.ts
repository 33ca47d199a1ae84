import { defineConfig } from 'vitest/config';

// Each kind of test runs alone with `npx vitest run --project unit`, and so on.
const project = (name: string, options: { isolate?: boolean } = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

export default defineConfig({
  test: {
    // Unit tests share no state and open no port, so their files can share a worker.
    projects: [project('unit', { isolate: false }), project('integration'), project('faults'), project('e2e')],
    // The reference page, which the handlers read from where the build puts it.
    globalSetup: ['test/support/writeDocsPage.ts'],
    // Most tests wait for servers and child processes, so no core is kept free.
    maxWorkers: '100%',
    // Real servers and real keys: slow machines get the time they need, hanging ones still end.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
  },
});
