import { describe, expect, it } from '@jest/globals';
import { keptResources } from './kept-resources';
import { type ListedResource } from './listed-resources';

const listed = (kind: string, name: string, namespace = 'default'): ListedResource => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace },
});
const files = [{ name: 'a.yaml', text: 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n' }];

describe('what was kept from before', () => {
  it.each([
    { name: 'nothing', items: [listed('Service', 'web')], want: '' },
    { name: 'the default gateway', items: [listed('Service', 'istio-ingressgateway', 'istio-system')], want: '' },
    {
      name: 'of another kind or namespace',
      items: [listed('VirtualService', 'web'), listed('Service', 'web', 'shop')],
      want: 'VirtualService default/web, Service shop/web',
    },
    {
      name: 'more than can be named',
      items: Array.from({ length: 10 }, (_, i) => listed('Gateway', `g${i}`)),
      want: `${Array.from({ length: 8 }, (_, i) => `Gateway default/g${i}`).join(', ')} and 2 more`,
    },
  ])('$name', ({ items, want }) => expect(keptResources(items, files)).toBe(want));
});
