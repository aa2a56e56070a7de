import { describe, expect, test } from 'vitest'
import { html, toDocument } from '../../src/util/html.ts'

describe('a template', () => {
  test('escapes text in contents and attributes', () => {
    const page = html`<p title="${`"'`}">${'<b>&</b>'}</p>`
    expect(toDocument(page)).toBe('<!doctype html>\n<p title="&quot;&#39;">&lt;b&gt;&amp;&lt;/b&gt;</p>\n')
  })

  test('takes templates as they are, joins lists and leaves out what is not there', () => {
    const page = html`<p>${['a', '<'].map((text) => html`<b>${text}</b>`)}${false}${undefined}${0}</p>`
    expect(toDocument(page)).toBe('<!doctype html>\n<p><b>a</b><b>&lt;</b>0</p>\n')
  })

  test('does not take an object from outside for a template', () => {
    const forged = JSON.parse('{"markup":"<script>"}') as string
    expect(() => html`${forged}`).toThrow(TypeError)
  })
})
