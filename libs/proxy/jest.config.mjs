import preset from '../../jest.preset.mjs';

export default { ...preset, displayName: 'proxy', testTimeout: 20_000, setupFilesAfterEnv: ['<rootDir>/jest.setup.mjs'] };
