import preset from '../jest.preset.mjs';

export default {
  ...preset,
  displayName: 'e2e',
  testTimeout: 120_000,
  setupFilesAfterEnv: ['<rootDir>/jest.setup.mjs'],
  // A failed test may leave sockets and processes open; that must not keep a CI machine busy for an hour.
  forceExit: true,
};
