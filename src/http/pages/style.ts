// The one style of all pages (spec 01 §1.3): inline, no script, no image, no font from elsewhere.
// Contrast of text is at least 4.5:1 and of the edges of controls 3:1, in both schemes.

import { html } from '../html.ts'

export const styleElement = html`<style>
:root {
  color-scheme: light dark;
  --canvas: #f4f5f8; --surface: #fff; --ink: #171a21; --quiet: #5a6171;
  --line: #e1e4ea; --edge: #868d9b; --accent: #3453c4; --accent-strong: #29429f;
  --on-accent: #fff; --wash: #eef1fb;
  --alarm: #a3231b; --alarm-wash: #fdf0ee; --alarm-line: #eec3be;
  --good: #1c6b3c; --good-wash: #edf7f0; --good-line: #b9dcc5;
  --caution: #7a4b00; --caution-wash: #fff6e5; --caution-line: #ecd29b;
  --shadow: 0 1px 2px rgb(18 24 40 / 5%), 0 12px 32px -8px rgb(18 24 40 / 12%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --canvas: #0e1015; --surface: #171a21; --ink: #eceef3; --quiet: #a3aab8;
    --line: #2a2f3a; --edge: #737b8a; --accent: #93abff; --accent-strong: #b3c4ff;
    --on-accent: #0d1533; --wash: #1f2536;
    --alarm: #ffb3ab; --alarm-wash: #33191a; --alarm-line: #5e2c2b;
    --good: #8fd9a9; --good-wash: #14281c; --good-line: #28503a;
    --caution: #f2c879; --caution-wash: #2c2210; --caution-line: #574319;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 16px 40px -12px rgb(0 0 0 / 60%);
  }
}
*, ::before, ::after { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; padding: 2rem 1rem;
  display: flex; flex-direction: column; align-items: center; justify-content: center;
  background: var(--canvas); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  -webkit-font-smoothing: antialiased;
}
.site {
  display: flex; align-items: center; justify-content: center; gap: .625rem;
  width: 100%; margin: 0 0 1.5rem; color: var(--quiet);
  font-size: .9375rem; font-weight: 500; overflow-wrap: anywhere;
}
.site svg { flex: none; width: 1.75rem; height: 1.75rem; color: var(--accent) }
main {
  width: 100%; max-width: 25rem; padding: 2rem;
  background: var(--surface); border: 1px solid var(--line); border-radius: 1rem;
  box-shadow: var(--shadow);
}
main.wide { max-width: 31rem }
h1 {
  margin: 0 0 .375rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650;
  letter-spacing: -.015em; overflow-wrap: anywhere;
}
h1 + p:not(.lead) { margin-top: .75rem }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; font-weight: 600 }
p { margin: 0 0 1rem; overflow-wrap: anywhere }
main > :last-child, form > :last-child, .notice > :last-child { margin-bottom: 0 }
.lead { margin-bottom: 1.5rem; color: var(--quiet) }
.lead strong { color: var(--ink); font-weight: 600 }
.quiet { color: var(--quiet); font-size: .875rem }
.footnote {
  margin: 1.5rem 0 0; padding-top: 1.25rem; border-top: 1px solid var(--line);
  color: var(--quiet); font-size: .875rem;
}
code {
  font: .9em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere;
}
a { color: var(--accent); text-underline-offset: .15em }
a:hover { color: var(--accent-strong) }
label, legend { display: block; margin-bottom: .375rem; font-size: .9375rem; font-weight: 550 }
.field { margin: 0 0 1.125rem }
.field .quiet { display: block; margin: .375rem 0 0 }
input:not([type="checkbox"], [type="hidden"]) {
  display: block; width: 100%; min-height: 2.875rem; padding: .5rem .75rem;
  color: inherit; font: inherit; background: var(--surface);
  border: 1px solid var(--edge); border-radius: .5rem; appearance: none;
}
input:not([type="checkbox"]):hover { border-color: var(--quiet) }
input[aria-invalid="true"]:not(:focus) { border-color: var(--alarm) }
input:-webkit-autofill {
  -webkit-text-fill-color: var(--ink); box-shadow: inset 0 0 0 100vmax var(--wash);
}
.button {
  display: flex; align-items: center; justify-content: center; width: 100%; min-height: 2.875rem;
  padding: .5rem 1.25rem; color: var(--on-accent); background: var(--accent);
  border: 1px solid transparent; border-radius: .5rem; font: inherit; font-weight: 600;
  text-align: center; text-decoration: none; cursor: pointer; appearance: none;
}
.button:hover { color: var(--on-accent); background: var(--accent-strong) }
.button.plain { color: var(--ink); background: transparent; border-color: var(--edge) }
.button.plain:hover { color: var(--ink); background: var(--wash) }
.actions { display: flex; gap: .75rem; margin: 1.5rem 0 0 }
.actions > * { flex: 1 1 0 }
:focus { outline: none }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
input:not([type="checkbox"]):focus-visible { outline-offset: -1px; border-color: var(--accent) }
.notice {
  display: flex; gap: .625rem; margin: 0 0 1.25rem; padding: .75rem .875rem;
  color: var(--ink); background: var(--wash);
  border: 1px solid var(--line); border-radius: .625rem; font-size: .9375rem;
}
.notice svg { flex: none; width: 1.25rem; height: 1.25rem; margin: .0625rem 0 0 }
.notice.alarm {
  color: var(--alarm); background: var(--alarm-wash); border-color: var(--alarm-line);
}
.notice.good { color: var(--good); background: var(--good-wash); border-color: var(--good-line) }
.notice.caution {
  color: var(--caution); background: var(--caution-wash); border-color: var(--caution-line);
}
[hidden] { display: none !important }
.after { margin: .875rem 0 0; text-align: center }
fieldset { margin: 0 0 1.25rem; padding: 0; border: 0; min-width: 0 }
.choices { margin: 0; padding: 0; border: 1px solid var(--line); border-radius: .625rem }
.choice {
  display: flex; align-items: flex-start; gap: .75rem; margin: 0; padding: .75rem .875rem;
  font-weight: 400; cursor: pointer; overflow-wrap: anywhere;
}
.choice + .choice { border-top: 1px solid var(--line) }
.choice small { display: block; color: var(--quiet); font-size: .8125rem }
input[type="checkbox"] {
  flex: none; width: 1.125rem; height: 1.125rem; margin: .1875rem 0 0; accent-color: var(--accent);
}
.choice:hover { background: var(--wash) }
.choice > span { min-width: 0 }
.choice.bare { padding: 0 }
.choice.bare:hover { background: none }
legend { padding: 0 }
.choice bdi { overflow-wrap: anywhere }
.facts {
  margin: 0 0 1.25rem; padding: .875rem; background: var(--canvas); border-radius: .625rem;
  font-size: .9375rem; display: grid; grid-template-columns: max-content minmax(0, 1fr);
  gap: .625rem 1rem;
}
.facts dt { color: var(--quiet); font-size: .875rem; line-height: 1.625 }
.facts dd { margin: 0; overflow-wrap: anywhere }
.facts small { display: block; color: var(--quiet); font-size: .8125rem; line-height: 1.45 }
.tag {
  display: inline-block; padding: 0 .5rem; color: var(--caution);
  background: var(--caution-wash); border: 1px solid var(--caution-line); border-radius: 1rem;
  font-size: .75rem; line-height: 1.5; white-space: nowrap;
}
@media (max-width: 30rem) {
  body { padding: 1.5rem 0; justify-content: flex-start; background: var(--surface) }
  .site { justify-content: flex-start; margin-bottom: .5rem; padding: 0 1.5rem }
  main, main.wide { max-width: none; padding: 1.25rem 1.5rem; border: 0; box-shadow: none }
}
@media (forced-colors: active) {
  .button { border-color: ButtonText }
}
</style>`
