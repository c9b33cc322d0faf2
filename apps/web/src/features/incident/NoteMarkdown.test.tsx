import fc from 'fast-check'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { NoteMarkdown } from './NoteMarkdown.tsx'

const html = (text: string) => renderToStaticMarkup(<NoteMarkdown text={text} />).replace(/ class="[^"]*"/g, '')
const inside = (text: string) => html(text).replace(/^<div>|<\/div>$/g, '')

describe('a note', () => {
  it.each([
    ['We **revert** it.\nThen we look.', '<p>We <strong>revert</strong> it.\nThen we look.</p>'],
    ['- one\n- `two`', '<ul><li>one</li><li><code>two</code></li></ul>'],
    ['# Cause\n###### Cure', '<h3>Cause</h3><h3>Cure</h3>'],
    ['```\na  <b>\n```', '<pre tabindex="0"><code>a  &lt;b&gt;</code></pre>'],
    ['- [x] done\n- [ ] open', '<ul><li><span>☑</span> done</li><li><span>☐</span> open</li></ul>'],
    [
      '| a |\n| - |\n| 1 |',
      '<div tabindex="0"><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table></div>',
    ],
    ['ingest_requests_total 5 * 3 * 2', '<p>ingest_requests_total 5 * 3 * 2</p>'],
    ['x[^1]\n\n[^1]: foot', '<p>x<span><sup>1</sup></span></p><div><div>1: foot</div></div>'],
    ['---\na: b', '<hr/><p>a: b</p>'],
  ])('%j is Markdown', (text, shown) => expect(inside(text)).toBe(shown))

  it.each([
    ['see https://a.example/b?c=1 now', 'https://a.example/b?c=1'],
    ['[graph](http://a.example)', 'http://a.example'],
    ['![graph](https://a.example/x.png)', 'https://a.example/x.png'],
    ['mara@acme.example', 'mailto:mara@acme.example'],
  ])('%j links to it, without saying where from', (text, href) => {
    expect(inside(text)).toContain(`<a href="${href}" rel="noopener noreferrer nofollow">`)
  })

  it('links to a page of the portal', () => {
    expect(inside('[the first](/incidents/1)')).toBe('<p><a href="/incidents/1">the first</a></p>')
  })

  it.each([
    ['<script>alert(1)</script>', '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>'],
    ['<img src=x onerror=alert(1)>', '<p>&lt;img src=x onerror=alert(1)&gt;</p>'],
    ['[x](javascript:alert(1))', '<p><span>x</span></p>'],
    ['[x](data:text/html,x)', '<p><span>x</span></p>'],
    ['[x](//a.example) [y](file:///y)', '<p><span>x</span> <span>y</span></p>'],
    ['![x](data:image/svg+xml,x)', '<p><span>Picture: x</span></p>'],
    ['<NoteMarkdown text={alert(1)} />', '<p>&lt;NoteMarkdown text={alert(1)} /&gt;</p>'],
  ])('%j makes nothing that loads or runs', (text, shown) => expect(inside(text)).toBe(shown))

  const piece = fc.constantFrom(
    ...[
      '<',
      '>',
      '[',
      ']',
      '(',
      ')',
      '!',
      '*',
      '_',
      '`',
      '#',
      '- ',
      '> ',
      '\n',
      '|',
      '"',
      '=',
      'javascript:',
      'https://a.b',
    ],
    ...[
      '<img src=x onerror=y>',
      '<a href="javascript:1">',
      '<script>',
      '<style>',
      '<div id=x>',
      'data:text/html,',
      '&#106;',
      'x',
    ],
  )
  it('whatever it has, makes only these elements, without ids or handlers', () => {
    const known =
      /^(div|p|h3|ul|ol|li|pre|code|table|thead|tbody|tr|th|td|a|span|strong|em|del|mark|sup|blockquote|hr|br)$/
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const shown = html(pieces.join(''))
        for (const [, name = '', attributes = ''] of shown.matchAll(/<([a-z0-9]+)([^>]*)>/g)) {
          expect(name).toMatch(known)
          expect(attributes).toMatch(
            /^( (href="(https?:|mailto:)[^"]*"|rel="[^"]*"|tabindex="0"|start="\d+"|style="text-align:[a-z]+"))*\/?$/,
          )
        }
      }),
      { numRuns: 300 },
    )
  })
})
