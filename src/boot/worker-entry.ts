// Where the code of each worker thread and process is: the one place that differs between source
// and bundle.

export type WorkerName = 'storage' | 'checkpointer' | 'signer' | 'dpop-replay' | 'password-pool'

/** URL of an entry file: TypeScript in the source tree, JavaScript beside a bundle. */
export function workerEntry(name: WorkerName | 'signer-process'): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL(`../../workers/${name}.ts`, import.meta.url)
    : new URL(`workers/${name}.js`, import.meta.url)
}
