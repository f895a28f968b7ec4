import { expect, it } from '@jest/globals';
import { html } from './html';

it.each([
  { name: 'text', got: html`<p>${'a < b & "c" \'d\''}</p>`, want: '<p>a &lt; b &amp; &quot;c&quot; &#39;d&#39;</p>' },
  { name: 'an attribute', got: html`<a title="${'"><script>'}">`, want: '<a title="&quot;&gt;&lt;script&gt;">' },
  { name: 'markup inside markup', got: html`<p>${html`<b>${'<'}</b>`}</p>`, want: '<p><b>&lt;</b></p>' },
  { name: 'lists', got: html`${[html`<i>`, 'x<', 3]}`, want: '<i>x&lt;3' },
  { name: 'nothing', got: html`a${undefined}${false}b`, want: 'ab' },
  { name: 'zero', got: html`${0}`, want: '0' },
])('$name', ({ got, want }) => expect(got.markup).toBe(want));
