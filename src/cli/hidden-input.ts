// What a person types without its being shown: a password at a terminal (spec 05 §8).

/** A terminal to read from. */
export interface HiddenSource {
  setRawMode(isRaw: boolean): unknown
  setEncoding(encoding: 'utf8'): unknown
  on(event: 'data', listener: (text: string) => void): unknown
  off(event: 'data', listener: (text: string) => void): unknown
  resume(): unknown
  pause(): unknown
}

const enter = /[\r\n]/
const interrupt = '\u0003'
const endOfInput = '\u0004'
const erasing = ['\u0008', '\u007f']

/**
 * One line, none of it shown; `write` shows the prompt. @throws Error when it is broken off.
 */
export function readHidden(
  source: HiddenSource,
  write: (text: string) => void,
  prompt: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: readonly string[] = []
    const end = (settle: () => void): void => {
      source.off('data', take)
      source.setRawMode(false)
      source.pause()
      write('\n')
      settle()
    }
    const take = (text: string): void => {
      for (const character of text) {
        if (enter.test(character)) return end(() => resolve(typed.join('')))
        if (character === interrupt || character === endOfInput) {
          return end(() => reject(new Error('the password was not entered')))
        }
        if (erasing.includes(character)) typed = typed.slice(0, -1)
        else if (character >= ' ') typed = [...typed, character]
      }
    }
    write(prompt)
    source.setEncoding('utf8')
    source.setRawMode(true)
    source.on('data', take)
    source.resume()
  })
}
