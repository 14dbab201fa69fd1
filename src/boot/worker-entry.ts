// Where the code of each worker thread is: the one place that differs between source and bundle.

export type WorkerName = 'storage' | 'checkpointer' | 'signer'

/** URL of a worker's entry file. */
export function workerEntry(name: WorkerName): URL {
  return new URL(`../../workers/${name}.ts`, import.meta.url)
}
