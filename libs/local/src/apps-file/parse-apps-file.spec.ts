import { describe, expect, it } from '@jest/globals';
import { formatViolation } from '@lateen/base';
import { imageRepository, matchImage } from './image';
import { parseAppsFile } from './parse-apps-file';

describe('imageRepository', () => {
  it.each([
    { image: 'reviews', want: 'reviews' },
    { image: 'reviews:1.2', want: 'reviews' },
    { image: 'acme/reviews:1.2', want: 'acme/reviews' },
    { image: 'localhost:5000/reviews', want: 'reviews' },
    { image: 'registry.istio.io/release/examples-bookinfo-reviews-v1:1.20.3', want: 'release/examples-bookinfo-reviews-v1' },
    { image: 'ghcr.io/acme/reviews:1@sha256:abc', want: 'acme/reviews' },
  ])('$image → $want', ({ image, want }) => expect(imageRepository(image)).toBe(want));
});

describe('matchImage', () => {
  const keys = ['reviews', 'acme/reviews', 'examples-bookinfo-reviews-v1'];
  it.each([
    { image: 'docker.io/istio/examples-bookinfo-reviews-v1:1.20.3', want: 'examples-bookinfo-reviews-v1' },
    { image: 'ghcr.io/acme/reviews', want: 'acme/reviews' },
    { image: 'ghcr.io/other/reviews', want: 'reviews' },
    { image: 'ghcr.io/other/my-reviews', want: undefined },
  ])('$image → $want', ({ image, want }) => expect(matchImage(image, keys)).toBe(want));
});

describe('parseAppsFile', () => {
  it('resolves directories and relative programs against the file', () => {
    const text =
      'images:\n  reviews:\n    command: [./run.sh, --fast]\n    directory: src\n    port: PORT\n    environment: { A: "1" }\n    envoy: bin/envoy\n';
    expect(parseAppsFile(text, 'lateen.yaml', '/app')).toEqual({
      apps: {
        images: {
          reviews: {
            command: ['/app/src/run.sh', '--fast'],
            directory: '/app/src',
            portVariable: 'PORT',
            environment: { A: '1' },
            envoy: '/app/bin/envoy',
          },
        },
      },
      violations: [],
    });
  });

  it.each([
    {
      name: 'an unknown field at the top',
      text: 'image: {}\nimages: {}\n',
      want: ['lateen.yaml:1:1: image: unknown field "image", did you mean "images"?'],
    },
    {
      name: 'an unknown field of an image',
      text: 'images:\n  a:\n    command: [x]\n    comand: [y]\n',
      want: ['lateen.yaml:4:5: images.a.comand: unknown field "comand", did you mean "command"?'],
    },
    {
      name: 'no command',
      text: 'images:\n  a:\n    port: PORT\n',
      want: ['lateen.yaml:3:5: images.a.command: Invalid input: expected tuple, received undefined'],
    },
    {
      name: 'a number in the environment',
      text: 'images:\n  a:\n    command: [x]\n    environment:\n      N: 1\n',
      want: ['lateen.yaml:5:10: images.a.environment.N: Invalid input: expected string, received number'],
    },
    {
      name: 'a tag in an image name',
      text: 'images:\n  "a:1":\n    command: [x]\n',
      want: ['lateen.yaml:2:3: images.a:1: "a:1" must be an image\'s repository name without registry, tag or digest'],
    },
    {
      name: 'a duplicate key',
      text: 'images:\n  a: { command: [x] }\n  a: { command: [y] }\n',
      want: ['lateen.yaml:3:3: Map keys must be unique'],
    },
    { name: 'an empty file', text: '', want: ['lateen.yaml:1:1: Invalid input: expected object, received null'] },
  ])('refuses $name', ({ text, want }) => {
    const { apps, violations } = parseAppsFile(text, 'lateen.yaml', '/app');
    expect(apps).toBeUndefined();
    expect(violations.map(formatViolation)).toEqual(want);
  });
});
