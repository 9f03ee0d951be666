import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.{ts,tsx}'],
    server: {
      // JupyterLab's and lumino's packages import files that only a bundler can read (styles, SVG).
      deps: { inline: [/@jupyterlab\//, /@lumino\//, /@jupyter\//] }
    }
  }
});
