// A real Chromium for tests of pages: windows of a size and a colour scheme, pictures of what they
// show, and a watch over everything that a page complains of.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  type ConsoleMessage,
  chromium,
  type Page,
} from 'playwright-core'

const program = '/usr/bin/chromium'

/** Why no browser can be started here, or false. */
export const noChromium = existsSync(program)
  ? (false as const)
  : `${program} is missing: on Debian, install the package chromium`

/** Pictures of the last run; git ignores them. */
const pictureFolder = join(import.meta.dirname, '../../screenshots')

const audit = readFileSync(join(import.meta.dirname, 'page-audit.js'), 'utf8')

export interface Look {
  readonly width: 390 | 1280
  readonly scheme: 'light' | 'dark'
}

/** A window with cookies of its own. */
export interface Window {
  readonly page: Page
  readonly context: BrowserContext
  /** What the console and the policies of pages said, besides statuses of answers. */
  readonly complaints: readonly string[]
  /** Keeps a picture as `<name>-<scheme>-<width>.png`. */
  picture(name: string): Promise<void>
  /** What is hard to read or to hit on the page, as sentences. */
  audit(): Promise<readonly string[]>
}

/** Starts the browser; names `mapped` go to the loopback port behind them. */
export function startChromium(mapped: Readonly<Record<string, number>>): Promise<Browser> {
  rmSync(pictureFolder, { recursive: true, force: true })
  mkdirSync(pictureFolder, { recursive: true })
  const rules = Object.entries(mapped).map(([name, port]) => `MAP ${name} 127.0.0.1:${port}`)
  return chromium.launch({
    executablePath: program,
    args: [`--host-resolver-rules=${rules.join(',')}`],
  })
}

/** Opens a window. */
export async function openWindow(browser: Browser, { width, scheme }: Look): Promise<Window> {
  const context = await browser.newContext({
    viewport: { width, height: width === 390 ? 844 : 800 },
    colorScheme: scheme,
    ignoreHTTPSErrors: true,
    isMobile: width === 390,
    hasTouch: width === 390,
  })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // What it merely tells, such as that somebody was faster than autofocus, is no complaint.
    const isComplaint = message.type() !== 'info' && !isStatus(message)
    if (isComplaint) complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return {
    page,
    context,
    complaints,
    picture: async (name) => {
      const path = join(pictureFolder, `${name}-${scheme}-${width}.png`)
      // Whatever would hide the caret is a style, which the policy of a page may refuse.
      await page.screenshot({ path, fullPage: true, caret: 'initial' })
    },
    audit: () => page.evaluate<readonly string[]>(audit),
  }
}

/** The console names each answer of 400 and above; that is no complaint of a page. */
function isStatus(message: ConsoleMessage): boolean {
  return /^Failed to load resource: the server responded with a status of \d+/.test(message.text())
}
