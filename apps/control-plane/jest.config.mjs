import preset from '../../jest.preset.mjs';

export default { ...preset, displayName: 'control-plane', setupFiles: ['<rootDir>/jest.setup.mjs'] };
