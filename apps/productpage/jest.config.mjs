import preset from '../../jest.preset.mjs';

export default {
  ...preset,
  displayName: 'productpage',
  extensionsToTreatAsEsm: [...preset.extensionsToTreatAsEsm, '.css', '.svg'],
  transform: { ...preset.transform, '\\.(css|svg)$': '<rootDir>/text-transform.mjs' },
};
