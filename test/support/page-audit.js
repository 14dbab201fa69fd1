// Evaluated in a page by a test: what a person with weak eyes or a small screen would stumble over,
// as sentences. Contrast is computed from the styles that apply (WCAG 2.2, 1.4.3 and 1.4.11).
;(() => {
  const channels = (color) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = color.match(/[\d.]+/g)?.map(Number) ?? []
    return { red, green, blue, alpha }
  }
  const over = (top, under) => {
    const mix = (name) => top[name] * top.alpha + under[name] * (1 - top.alpha)
    return { red: mix('red'), green: mix('green'), blue: mix('blue'), alpha: 1 }
  }
  const canvas = matchMedia('(prefers-color-scheme: dark)').matches
    ? { red: 18, green: 18, blue: 18, alpha: 1 }
    : { red: 255, green: 255, blue: 255, alpha: 1 }
  const backdropOf = (element) => {
    if (element === null) return canvas
    const own = channels(getComputedStyle(element).backgroundColor)
    return own.alpha === 1 ? own : over(own, backdropOf(element.parentElement))
  }
  const luminance = ({ red, green, blue }) => {
    const linear = (value) => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }
  const isSeen = (element) => {
    const box = element.getBoundingClientRect()
    return element.checkVisibility() && box.width > 0 && box.height > 0
  }

  const findings = []
  const check = (element, { color, leastly, what }) => {
    const backdrop = backdropOf(element)
    const ratio = contrast(over(channels(color), backdrop), backdrop)
    if (ratio < leastly) findings.push(`${what}: contrast ${ratio.toFixed(2)}`)
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  let textCount = 0
  while (texts.nextNode()) {
    const { parentElement: element, data } = texts.currentNode
    if (data.trim() === '' || !isSeen(element)) continue
    textCount += 1
    const what = `text "${data.trim().slice(0, 40)}"`
    check(element, { color: getComputedStyle(element).color, leastly: 4.5, what })
  }
  if (textCount === 0) findings.push('the page has no text')

  for (const field of document.querySelectorAll('input:not([type="hidden"])')) {
    if (!isSeen(field)) continue
    const what = `field ${field.name}`
    const { color, borderTopColor } = getComputedStyle(field)
    if (field.type !== 'checkbox') {
      check(field, { color, leastly: 4.5, what })
      const around = backdropOf(field.parentElement)
      const edge = contrast(over(channels(borderTopColor), around), around)
      if (edge < 3) findings.push(`${what}: edge ${edge.toFixed(2)}`)
    }
    if (field.labels.length === 0) findings.push(`${what}: no label`)
    const target = field.type === 'checkbox' ? field.labels[0] : field
    if ((target?.getBoundingClientRect().height ?? 0) < 24) findings.push(`${what}: too small`)
  }
  for (const button of document.querySelectorAll('button, a.button')) {
    const { height } = button.getBoundingClientRect()
    if (height < 44) findings.push(`${button.textContent}: ${height} px high`)
  }
  if (document.documentElement.scrollWidth > innerWidth) {
    findings.push(`${document.documentElement.scrollWidth} px wide in a window of ${innerWidth}`)
  }
  if (document.documentElement.lang === '') findings.push('no language')
  if (document.querySelectorAll('h1').length !== 1) findings.push('not one heading')
  return findings
})()
