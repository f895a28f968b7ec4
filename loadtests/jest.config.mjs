import preset from '../jest.preset.mjs';

export default { ...preset, displayName: 'loadtests', testMatch: ['<rootDir>/bench/src/**/*.spec.ts'] };
