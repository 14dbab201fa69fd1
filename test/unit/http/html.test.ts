// The template tag of pages: text stays text (spec 09 LG-17).
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { html, renderHtml } from '../../../src/http/html.ts'

describe('a template', () => {
  it('escapes what is put into it', () => {
    const evil = `"><script>alert('&')</script>`

    assert.equal(
      renderHtml(html`<a title="${evil}">${evil}</a>`),
      '<a title="&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;">' +
        '&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</a>',
    )
  })

  it('takes pieces and lists of pieces as they are', () => {
    const items = ['<a>', 'b'].map((text) => html`<li>${text}</li>`)

    assert.equal(renderHtml(html`<ul>${items}</ul>`), '<ul><li>&lt;a&gt;</li><li>b</li></ul>')
  })

  it('shows nothing for null, and numbers as they are', () => {
    assert.equal(renderHtml(html`${null}${0}${1.5}`), '01.5')
  })

  it('takes nothing from outside for a piece', () => {
    const posing = JSON.parse('{"markup":"<script>"}') as never

    assert.equal(renderHtml(html`${posing}`).includes('<script>'), false)
  })
})
