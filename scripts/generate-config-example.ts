// Writes config.example.yaml from the schema. Run after a key was added or changed; a test
// compares.
import { writeFileSync } from 'node:fs'
import { renderExample } from '../src/config/example.ts'

writeFileSync(new URL('../config.example.yaml', import.meta.url), renderExample())
