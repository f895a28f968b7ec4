import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatViolation } from '@lateen/base';
import { describe, expect, it } from '@jest/globals';
import { parseFiles } from './parse-files';

const reference = process.env['LATEEN_REFERENCE'] ?? join(import.meta.dirname, '../../../../../shared/reference');
const istiod = join(reference, 'istiod');
const present = existsSync(istiod);
const inputs = present
  ? [
      'base.yaml',
      ...readdirSync(istiod, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(entry.name, 'input.yaml')),
    ]
  : [];

(present ? describe : describe.skip)('inputs that Istio takes', () => {
  if (!present) it.skip(`no reference folder at ${istiod}`, () => undefined);
  it.each(inputs)('%s parses without an error', (name) => {
    const { resources, violations, passedOver } = parseFiles([{ name, text: readFileSync(join(istiod, name), 'utf8') }], {
      allowIneffective: true,
    });
    expect(violations.filter((v) => v.severity === 'error').map(formatViolation)).toEqual([]);
    expect(resources.length + passedOver.length).toBeGreaterThan(0);
  });
});
