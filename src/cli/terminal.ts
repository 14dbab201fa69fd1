// What a command sees of its surroundings: where its lines go, and the environment variables that
// stand in for options (spec 05 §8).
import { readCliVariable } from '../config/environment.ts'

export interface Terminal {
  writeOut(text: string): void
  writeError(text: string): void
  /** Value of a variable, or null when it is absent or empty. */
  readVariable(name: `AUTHSERVER_${string}`): string | null
}

/** The terminal of this process. */
export const processTerminal: Terminal = {
  writeOut: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  readVariable: readCliVariable,
}
