import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyze';
import { indexConfiguration } from '../configuration/configuration';
import { readConfiguration } from '../read/read-configuration';
import { OUTPUT_FORMATS, type OutputFormat, renderAnalysis } from './render';

const text = `# The rules.
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web}
spec: {host: web, subsets: [{name: v1, labels: {version: v1}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: "web"}
spec:
  hosts: [web]
  http:
  - route:
    - destination:
        host: web
        subset: v2
`;
const file = { name: 'dir/a,b.yaml', text };

function render(format: OutputFormat, source = file): string {
  const { resources, findings } = readConfiguration([source]);
  const analysis = analyze(indexConfiguration(resources), { analyzers: ['virtual-service-subsets'] }, findings);
  return renderAnalysis(format, { analysis, files: new Map([[source.name, source]]), version: '1' });
}

const PATCH = `--- dir/a,b.yaml
+++ dir/a,b.yaml
@@ -13,4 +13,4 @@
   - route:
     - destination:
         host: web
-        subset: v2
+        subset: v1
`;

describe('renderAnalysis', () => {
  it('table', () => {
    expect(render('table'))
      .toBe(`Error [IST0101] (VirtualService default/web dir/a,b.yaml:16) Referenced host+subset in destinationrule not found: "web+v2"
    dir/a,b.yaml:5: DestinationRule default/web defines v1
    fix: Use subset "v1"
      -        subset: v2
      +        subset: v1
`);
  });

  it("json has istioctl's shape", () => {
    expect(JSON.parse(render('json'))).toEqual([
      {
        code: 'IST0101',
        documentationUrl: 'https://istio.io/latest/docs/reference/config/analysis/ist0101/',
        level: 'Error',
        message: 'Referenced host+subset in destinationrule not found: "web+v2"',
        origin: 'VirtualService default/web',
        reference: 'dir/a,b.yaml:15',
        locations: [
          { file: 'dir/a,b.yaml', line: 16, column: 9, path: 'spec.http[0].route[0].destination.subset' },
          { file: 'dir/a,b.yaml', line: 5, column: 19, note: 'DestinationRule default/web defines v1' },
        ],
        fix: { title: 'Use subset "v1"', patch: PATCH },
      },
    ]);
  });

  it('github escapes what its commands cannot hold', () => {
    expect(render('github')).toBe(
      '::error file=dir/a%2Cb.yaml,line=16,col=9,title=IST0101::VirtualService default/web: Referenced host+subset in destinationrule not found: "web+v2"%0Adir/a,b.yaml:5: DestinationRule default/web defines v1\n',
    );
  });

  it('junit', () => {
    const xml = render('junit');
    expect(xml).toContain('<testsuites name="lateen analyze" tests="1" failures="1">');
    expect(xml).toContain(
      '<testcase classname="lateen.analyze.virtual-service-subsets" name="IST0101 VirtualService default/web" file="dir/a,b.yaml" line="16"><failure type="Error" message="Referenced host+subset in destinationrule not found: &quot;web+v2&quot;">',
    );
  });

  it('sarif', () => {
    const log = JSON.parse(render('sarif')) as {
      runs: {
        tool: { driver: { rules: { id: string }[] } };
        results: { ruleId: string; level: string; locations: unknown; fixes: unknown }[];
      }[];
    };
    expect(log.runs[0]?.tool.driver.rules.map(({ id }) => id)).toEqual(['IST0101']);
    expect(log.runs[0]?.results[0]).toMatchObject({
      ruleId: 'IST0101',
      level: 'error',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'dir/a%2Cb.yaml' }, region: { startLine: 16, startColumn: 9 } } }],
      fixes: [
        {
          artifactChanges: [
            {
              replacements: [
                { deletedRegion: { startLine: 16, startColumn: 17, endLine: 16, endColumn: 19 }, insertedContent: { text: 'v1' } },
              ],
            },
          ],
        },
      ],
    });
  });

  const nothing: Readonly<Record<OutputFormat, string>> = {
    table: '',
    json: '[]\n',
    yaml: '[]\n',
    github: '',
    junit:
      '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="lateen analyze" tests="1" failures="0">\n  <testsuite name="lateen analyze" tests="1" failures="0" errors="0" skipped="0">\n    <testcase classname="lateen.analyze" name="no findings"/>\n  </testsuite>\n</testsuites>\n',
    sarif: `${JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [{ tool: { driver: { name: 'lateen', version: '1', rules: [] } }, columnKind: 'utf16CodeUnits', results: [] }] }, undefined, 2)}\n`,
  };
  it.each(OUTPUT_FORMATS)('%s of nothing', (format) => expect(render(format, { name: 'x.yaml', text: '' })).toBe(nothing[format]));
});
