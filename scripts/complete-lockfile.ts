// Adds the optional packages of other platforms to package-lock.json. A registry mirror that
// carries only the packages of its own platform makes npm leave them out, and `npm ci` then refuses
// the lock file everywhere. Run after each `npm install` behind such a mirror.
import { readFileSync, writeFileSync } from 'node:fs'

interface LockedPackage {
  readonly version?: string
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const lockPath = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(lockPath, 'utf8')) as {
  packages: Record<string, LockedPackage>
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const processors = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64']

/** What npm needs to know to skip a package on other platforms; read off the package's name. */
function platformOf(name: string): object {
  const suffix = name.slice(name.indexOf('/') + 1)
  return {
    os: systems.filter((system) => suffix.includes(system)),
    cpu: processors.filter((processor) => suffix.includes(processor)).slice(0, 1),
    ...(suffix.includes('musl') ? { libc: ['musl'] } : null),
  }
}

let added = 0
for (const [path, locked] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(locked.optionalDependencies ?? {})) {
    const isThere = Object.keys(lock.packages).some((other) =>
      other.endsWith(`node_modules/${name}`),
    )
    if (isThere || path === '') continue
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platformOf(name),
      ...(locked.dev === true ? { dev: true } : null),
      optional: true,
    } as LockedPackage
    added += 1
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).toSorted(([left], [right]) => (left < right ? -1 : 1)),
)
writeFileSync(lockPath, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`added ${added} packages\n`)
