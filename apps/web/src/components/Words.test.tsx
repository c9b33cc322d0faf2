import type { ComponentProps } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { Words } from './Words.tsx'

const html = (props: ComponentProps<typeof Words>) =>
  renderToStaticMarkup(<Words {...props} />).replace(/ class="[^"]*"/, '')
const long = 'x'.repeat(500)

it('keeps markup as text, and quotes outside of the isolated words', () => {
  expect(html({ text: '<img src=x>', quoted: true })).toBe('“<bdi>&lt;img src=x&gt;</bdi>”')
})

it('folds a long text behind a button, which is not within the quotes', () => {
  expect(html({ text: long, quoted: true })).toMatch(
    /^“<bdi>x{160}…<\/bdi>” <button .*aria-expanded="false".*>Show all<\/button>$/,
  )
})

it.each([
  ['cut', /^<bdi>x{160}…<\/bdi>$/],
  ['whole', /^<bdi>x{500}<\/bdi>$/],
] as const)('has no button in a long text that is shown %s', (how, shown) => {
  expect(html({ text: long, long: how })).toMatch(shown)
})
